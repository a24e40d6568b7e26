import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { runKubectl } from '../testing/kubectl.ts';

/** kubectl with every kind beyond the workloads: made from a manifest, listed, described, written back, deleted. */
let cluster: TestCluster;
let manifest: string;

beforeAll(async () => {
  manifest = await readFile(new URL('./fixtures/every-kind.yaml', import.meta.url), 'utf8');
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

/** Standard output of a kubectl that must succeed. */
async function kubectl(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(cluster, args, stdin);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Rows of a table, cells split where kubectl leaves two blanks or more; ages replaced. */
function cellsOf(table: string): string[][] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.split(/ {2,}/).map((cell) => (/^\d+(ms|[smhd])(\d+s)?$/.test(cell) ? '(age)' : cell)),
    );
}

describe('kubectl', () => {
  it('makes one of each', async () => {
    const made = await kubectl(['create', '-f', '-'], manifest);
    expect(made.trimEnd().split('\n')).toHaveLength(manifest.split('\n---\n').length);
  });

  it.each<[string, string[], string[]]>([
    [
      'ingress',
      ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE'],
      ['web', 'nginx', 'a.example', '80, 443', '(age)'],
    ],
    [
      'ingressclass',
      ['NAME', 'CONTROLLER', 'PARAMETERS', 'AGE'],
      ['nginx', 'example.com/nginx', '<none>', '(age)'],
    ],
    ['netpol', ['NAME', 'POD-SELECTOR', 'AGE'], ['web', 'app=web', '(age)']],
    ['ip/10.200.0.1', ['NAME', 'PARENTREF'], ['10.200.0.1', 'services/default/web']],
    ['servicecidr/more', ['NAME', 'CIDRS', 'AGE'], ['more', '10.200.0.0/24', '(age)']],
    [
      'rolebinding/reader',
      ['NAME', 'ROLE', 'AGE', 'USERS', 'GROUPS', 'SERVICEACCOUNTS'],
      ['reader', 'Role/reader', '(age)', 'jane', 'default/robot'],
    ],
    [
      'sc',
      ['NAME', 'PROVISIONER', 'RECLAIMPOLICY', 'VOLUMEBINDINGMODE', 'ALLOWVOLUMEEXPANSION', 'AGE'],
      ['fast (default)', 'example.com/disk', 'Delete', 'Immediate', 'false', '(age)'],
    ],
    [
      'volumeattachment',
      ['NAME', 'ATTACHER', 'PV', 'NODE', 'ATTACHED', 'AGE'],
      ['disk-1', 'disk.example.com', 'pv-1', 'worker', 'false', '(age)'],
    ],
    [
      'csidriver',
      [
        'NAME',
        'ATTACHREQUIRED',
        'PODINFOONMOUNT',
        'STORAGECAPACITY',
        'TOKENREQUESTS',
        'REQUIRESREPUBLISH',
        'MODES',
        'AGE',
      ],
      ['disk.example.com', 'true', 'true', 'false', 'vault', 'false', 'Persistent', '(age)'],
    ],
    ['csinode', ['NAME', 'DRIVERS', 'AGE'], ['worker', '1', '(age)']],
    ['csistoragecapacity', ['NAME', 'STORAGECLASSNAME', 'CAPACITY'], ['fast-a', 'fast', '10Gi']],
    ['vac', ['NAME', 'DRIVERNAME', 'AGE'], ['gold', 'disk.example.com', '(age)']],
    [
      'pc/urgent',
      ['NAME', 'VALUE', 'GLOBAL-DEFAULT', 'AGE', 'PREEMPTIONPOLICY'],
      ['urgent', '1000', 'false', '(age)', 'PreemptLowerPriority'],
    ],
    ['runtimeclass', ['NAME', 'HANDLER', 'AGE'], ['gvisor', 'runsc', '(age)']],
    [
      'flowschema/batch',
      ['NAME', 'PRIORITYLEVEL', 'MATCHINGPRECEDENCE', 'DISTINGUISHERMETHOD', 'AGE', 'MISSINGPL'],
      [
        'batch',
        'batch',
        '1000',
        'ByUser',
        '(age)',
        expect.stringMatching(/^(\?|False)$/) as unknown as string,
      ],
    ],
    [
      'prioritylevelconfiguration/batch',
      ['NAME', 'TYPE', 'NOMINALCONCURRENCYSHARES', 'QUEUES', 'HANDSIZE', 'QUEUELENGTHLIMIT', 'AGE'],
      ['batch', 'Limited', '30', '64', '8', '50', '(age)'],
    ],
    ['validatingwebhookconfiguration', ['NAME', 'WEBHOOKS', 'AGE'], ['guard', '1', '(age)']],
    ['mutatingwebhookconfiguration', ['NAME', 'WEBHOOKS', 'AGE'], ['helper', '0', '(age)']],
    [
      'validatingadmissionpolicy',
      ['NAME', 'VALIDATIONS', 'PARAMKIND', 'AGE'],
      ['few-replicas', '1', '<unset>', '(age)'],
    ],
    [
      'validatingadmissionpolicybinding',
      ['NAME', 'POLICYNAME', 'PARAMREF', 'AGE'],
      ['few-replicas', 'few-replicas', '<unset>', '(age)'],
    ],
    [
      'mutatingadmissionpolicy',
      ['NAME', 'MUTATIONS', 'PARAMKIND', 'AGE'],
      ['labels', '1', '<unset>', '(age)'],
    ],
    [
      'mutatingadmissionpolicybinding',
      ['NAME', 'POLICYNAME', 'PARAMREF', 'AGE'],
      ['labels', 'labels', 'default/limits', '(age)'],
    ],
    ['deviceclass', ['NAME', 'AGE'], ['gpu.example.com', '(age)']],
    ['resourceclaim', ['NAME', 'STATE', 'AGE'], ['gpu', 'pending', '(age)']],
    ['resourceclaimtemplate', ['NAME', 'AGE'], ['gpu', '(age)']],
    [
      'resourceslice',
      ['NAME', 'NODE', 'DRIVER', 'POOL', 'AGE'],
      ['worker-gpu', 'worker', 'gpu.example.com', 'worker', '(age)'],
    ],
  ])('lists %s', async (resource, head, first) => {
    const [titles = [], ...rows] = cellsOf(await kubectl(['get', resource, '-o', 'wide']));
    expect(titles.flatMap((title) => title.split(/ (?=[A-Z])/))).toEqual(head);
    expect(rows[0]?.filter((cell) => cell !== '')).toEqual(first);
  });

  it('shows roles with the time of their creation', async () => {
    const [titles, row] = cellsOf(await kubectl(['get', 'role', 'reader']));
    expect(titles).toEqual(['NAME', 'CREATED AT']);
    expect(row?.[1]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('sees events of the newer API among those of the core group', async () => {
    expect(await kubectl(['get', 'events.v1.', '--field-selector', 'involvedObject.name=web'])).toContain(
      'It is bound.',
    );
    expect(await kubectl(['get', 'events.v1.events.k8s.io', 'web.1', '-o', 'jsonpath={.note}'])).toBe(
      'It is bound.',
    );
  });

  it('describes each, reads each back and can apply what it has read', async () => {
    expect(await kubectl(['describe', '-f', '-'], manifest)).toContain('Role:');
    const objects = await kubectl(['get', '-f', '-', '-o', 'json'], manifest);
    const applied = await kubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      withoutManaged(objects),
    );
    expect(applied.trimEnd().split('\n')).toHaveLength(manifest.split('\n---\n').length);
  });

  it('deletes one of each', async () => {
    const deleted = await kubectl(['delete', '--wait=false', '-f', '-'], manifest);
    expect(deleted.trimEnd().split('\n')).toHaveLength(manifest.split('\n---\n').length);
  });
});

function withoutManaged(json: string): string {
  const list = JSON.parse(json) as { items: { metadata: { managedFields?: unknown } }[] };
  for (const { metadata } of list.items) delete metadata.managedFields;
  return JSON.stringify(list);
}
