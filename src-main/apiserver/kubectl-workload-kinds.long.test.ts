import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { callHttps } from '../testing/https.ts';
import { runKubectl } from '../testing/kubectl.ts';

/** Every workload and storage kind as a user of kubectl sees it. */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

/** All that kubectl says. */
async function kubectl(args: readonly string[], stdin = ''): Promise<string> {
  const { stdout, stderr } = await runKubectl(cluster, args, stdin);
  return stdout + stderr;
}

const pod = '{containers: [{name: main, image: "web:1"}]}';
const job = '{restartPolicy: Never, containers: [{name: main, image: "work:1"}]}';

const manifest = `
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /x}, storageClassName: fast}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: rc}
spec: {replicas: 0, template: {metadata: {labels: {app: rc}}, spec: ${pod}}}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: tpl}
template: {metadata: {labels: {app: tpl}}, spec: ${pod}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {pods: "100"}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds}
spec: {selector: {matchLabels: {app: ds}}, template: {metadata: {labels: {app: ds}}, spec: ${pod}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: sts}
spec: {serviceName: sts, replicas: 0, selector: {matchLabels: {app: sts}}, template: {metadata: {labels: {app: sts}}, spec: ${pod}}}
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: rev}
revision: 3
data: {a: 1}
---
apiVersion: batch/v1
kind: Job
metadata: {name: job}
spec: {suspend: true, template: {spec: ${job}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cj}
spec: {schedule: "*/5 * * * *", timeZone: Europe/Berlin, suspend: true, jobTemplate: {spec: {template: {spec: ${job}}}}}
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, targetCPUUtilizationPercentage: 50}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb}
spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}
`;

/** Cells by header; ages and uids, which differ from run to run, blotted out. */
async function table(resource: string, name: string): Promise<string> {
  const output = await kubectl(['get', resource, name, '-o', 'wide']);
  return output
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .split('\n')
    .map((line) =>
      line
        .trim()
        .split(/\s{2,}/)
        .map((cell) => cell.replace(/^\d+s$/, 'AGE'))
        .join('|'),
    )
    .join('\n')
    .trim();
}

it('kubectl apply creates one object of each kind', async () => {
  const lines = (await kubectl(['apply', '-f', '-'], manifest)).trim().split('\n');
  expect(lines.filter((line) => line.endsWith(' created'))).toHaveLength(12);
});

describe('kubectl get -o wide', () => {
  it.each<[string, string, string]>([
    [
      'pv',
      'disk',
      'NAME|CAPACITY|ACCESS MODES|RECLAIM POLICY|STATUS|CLAIM|STORAGECLASS|VOLUMEATTRIBUTESCLASS|REASON|AGE|VOLUMEMODE\ndisk|1Gi|RWO|Retain|Pending|fast|<unset>|AGE|Filesystem',
    ],
    [
      'pvc',
      'data',
      'NAME|STATUS|VOLUME|CAPACITY|ACCESS MODES|STORAGECLASS|VOLUMEATTRIBUTESCLASS|AGE|VOLUMEMODE\ndata|Pending|fast|<unset>|AGE|Filesystem',
    ],
    ['rc', 'rc', 'NAME|DESIRED|CURRENT|READY|AGE|CONTAINERS|IMAGES|SELECTOR\nrc|0|0|0|AGE|main|web:1|app=rc'],
    ['podtemplates', 'tpl', 'NAME|CONTAINERS|IMAGES|POD LABELS\ntpl|main|web:1|app=tpl'],
    ['quota', 'quota', 'NAME|REQUEST|LIMIT|AGE\nquota|AGE'],
    [
      'ds',
      'ds',
      'NAME|DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE|CONTAINERS|IMAGES|SELECTOR\nds|0|0|0|0|0|<none>|AGE|main|web:1|app=ds',
    ],
    ['sts', 'sts', 'NAME|READY|AGE|CONTAINERS|IMAGES\nsts|0/0|AGE|main|web:1'],
    ['controllerrevisions', 'rev', 'NAME|CONTROLLER|REVISION|AGE\nrev|<none>|3|AGE'],
    [
      'jobs',
      'job',
      'NAME|STATUS|COMPLETIONS|DURATION|AGE|CONTAINERS|IMAGES|SELECTOR\njob|Running|0/1|AGE|main|work:1|batch.kubernetes.io/controller-uid=UID',
    ],
    [
      'cj',
      'cj',
      'NAME|SCHEDULE|TIMEZONE|SUSPEND|ACTIVE|LAST SCHEDULE|AGE|CONTAINERS|IMAGES|SELECTOR\ncj|*/5 * * * *|Europe/Berlin|True|0|<none>|AGE|main|work:1|<none>',
    ],
    [
      'hpa',
      'web',
      'NAME|REFERENCE|TARGETS|MINPODS|MAXPODS|REPLICAS|AGE\nweb|Deployment/web|cpu: <unknown>/50%|1|3|0|AGE',
    ],
    ['pdb', 'pdb', 'NAME|MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE\npdb|50%|N/A|0|AGE'],
  ])('%s', async (resource, name, expected) => {
    expect(await table(resource, name)).toBe(expected);
  });

  it('of limit ranges shows when they were made', async () => {
    await kubectl(
      ['apply', '-f', '-'],
      'apiVersion: v1\nkind: LimitRange\nmetadata: {name: limits}\nspec: {limits: []}',
    );
    expect(await table('limits', 'limits')).toMatch(
      /^NAME\|CREATED AT\nlimits\|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    );
  });
});

describe('kubectl', () => {
  it('applies the same manifest again and finds nothing to do', async () => {
    const version = () => kubectl(['get', 'pdb', 'pdb', '-o', 'jsonpath={.metadata.resourceVersion}']);
    const before = await version();
    const lines = (await kubectl(['apply', '-f', '-'], manifest)).trim().split('\n');
    const changed = lines.filter((line) => !line.endsWith(' unchanged'));
    // The selector of a budget is replaced as a whole: kubectl sends a patch each time, which changes nothing.
    expect(changed).toEqual(['poddisruptionbudget.policy/pdb configured']);
    expect(await version()).toBe(before);
  });

  it.each(['rc/rc', 'sts/sts'])('scales %s by what the kind says', async (target) => {
    expect(await kubectl(['scale', target, '--replicas=2'])).toMatch(/ scaled\n$/);
    expect(await kubectl(['get', target, '-o', 'jsonpath={.spec.replicas}'])).toBe('2');
  });

  it('reads an autoscaler in both versions', async () => {
    const read = async (version: string) => {
      const path = `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers/web`;
      return JSON.parse(await kubectl(['get', '--raw', path]));
    };
    const [first, second] = [await read('v1'), await read('v2')];
    expect(first.spec.targetCPUUtilizationPercentage).toBe(50);
    expect(second.spec.metrics[0].resource.target).toEqual({ type: 'Utilization', averageUtilization: 50 });
    expect(first.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  });

  it('takes along what a job has made, which other clients leave unless they say so', async () => {
    const path = '/apis/batch/v1/namespaces/default/jobs';
    await callHttps(cluster, { method: 'DELETE', path: `${path}/job` });
    expect((await callHttps(cluster, { path: `${path}/job` })).json.metadata.finalizers).toEqual(['orphan']);
    expect(await kubectl(['delete', 'job', 'job', '--wait=false'])).toMatch(/^job.batch "job" deleted/);
    expect((await callHttps(cluster, { path: `${path}/job` })).status).toBe(404);
  });

  it('hears every fault at once', async () => {
    const output = await kubectl(
      ['create', '-f', '-'],
      `
apiVersion: batch/v1
kind: CronJob
metadata: {name: wrong}
spec: {schedule: "61 * * * *", concurrencyPolicy: Queue, jobTemplate: {spec: {parallelism: -1, template: {spec: ${job}}}}}
`,
    );
    expect(output.split('\n')).toEqual([
      'The CronJob "wrong" is invalid: ',
      '* spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"',
      '* spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      '* spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
      '',
    ]);
  });
});
