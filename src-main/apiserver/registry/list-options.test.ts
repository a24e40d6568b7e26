import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

let cluster: TestCluster;
/** Revisions: before anything, after a, after b, after c. */
let revisions: readonly string[];

const path = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  cluster = await startTestCluster();
  const { text } = await callHttps(cluster, { path: `${path}?limit=1` });
  const start = JSON.parse(text) as { metadata: { resourceVersion: string } };
  const made: string[] = [start.metadata.resourceVersion];
  for (const name of ['a', 'b', 'c']) {
    const { metadata } = await cluster.client.create(configMapKind, {
      metadata: { name, namespace: 'default', labels: { half: name === 'c' ? 'second' : 'first' } },
    });
    made.push(metadata?.resourceVersion ?? '');
  }
  revisions = made;
});

afterAll(() => cluster.close());

interface Answer {
  readonly code: number;
  readonly names: readonly string[];
  readonly revision: string;
  readonly token: string;
  readonly remaining: number | undefined;
  readonly message: string;
}

async function list(query: Record<string, string>, at = path): Promise<Answer> {
  const { status, json } = await callHttps(cluster, { path: `${at}?${new URLSearchParams(query)}` });
  const items = (json.items ?? []) as { metadata: { name: string } }[];
  return {
    code: status,
    names: items.map(({ metadata }) => metadata.name),
    revision: json.metadata.resourceVersion ?? '',
    token: json.metadata.continue ?? '',
    remaining: json.metadata.remainingItemCount,
    message: json.message ?? '',
  };
}

const now = ['a', 'b', 'c'];
const afterA = ['a'];

describe('the table of resourceVersion, resourceVersionMatch and limit', () => {
  // https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
  // An empty version is not set, `0` any, `1` the one after the first object.
  it.each<[version: '' | '0' | '1', match: string, limit: string, names: readonly string[]]>([
    ['', '', '', now],
    ['', '', '1', afterA],
    ['0', '', '', now],
    ['0', '', '1', afterA],
    ['0', 'NotOlderThan', '', now],
    ['0', 'NotOlderThan', '1', afterA],
    ['1', '', '', now],
    ['1', '', '5', afterA],
    ['1', 'NotOlderThan', '', now],
    ['1', 'NotOlderThan', '5', now],
    ['1', 'Exact', '', afterA],
    ['1', 'Exact', '5', afterA],
  ])('resourceVersion %j, match %j, limit %j', async (version, match, limit, names) => {
    const at = version === '1' ? revisions[1] : version;
    const answer = await list({
      ...(at && { resourceVersion: at }),
      ...(match && { resourceVersionMatch: match }),
      ...(limit && { limit }),
    });
    expect(answer).toMatchObject({ code: 200, names });
    const isExact = version === '1' && names === afterA;
    expect(answer.revision).toBe(isExact ? revisions[1] : revisions[3]);
  });

  it.each<[query: Record<string, string>, code: number, message: string]>([
    [
      { resourceVersionMatch: 'Exact' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      { resourceVersionMatch: 'Near', resourceVersion: '1' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Near": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      { resourceVersionMatch: 'Near', continue: 'x' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided, resourceVersionMatch: Unsupported value: "Near": supported values: "Exact", "NotOlderThan", ""]',
    ],
    [
      { sendInitialEvents: 'true' },
      422,
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
    [
      { resourceVersion: 'old' },
      400,
      'invalid resource version: resourceVersion: Invalid value: "old": strconv.ParseUint: parsing "old": invalid syntax',
    ],
    [{ limit: 'many' }, 400, 'strconv.ParseInt: parsing "many": invalid syntax'],
  ])('refuses %j', async (query, code, message) => {
    expect(await list(query)).toMatchObject({ code, message });
  });

  it('takes a negative limit for none', async () => {
    expect(await list({ limit: '-1' })).toMatchObject({ code: 200, names: now });
  });
});

describe('chunks', () => {
  it('say how many objects remain, unless a selector makes that unknowable', async () => {
    const first = await list({ limit: '1' });
    expect(first).toMatchObject({ names: ['a'], remaining: 2 });
    const second = await list({ limit: '1', continue: first.token });
    expect(second).toMatchObject({ names: ['b'], remaining: 1, revision: first.revision });
    const third = await list({ limit: '1', continue: second.token });
    expect(third).toMatchObject({ names: ['c'], remaining: undefined, token: '' });
    const selected = await list({ limit: '1', labelSelector: 'half=first' });
    expect(selected).toMatchObject({ names: ['a'], remaining: undefined, token: expect.stringMatching(/./) });
  });

  it('go on with another limit, or with none', async () => {
    const { token } = await list({ limit: '1' });
    expect(await list({ continue: token, limit: '5' })).toMatchObject({ names: ['b', 'c'], token: '' });
    expect(await list({ continue: token })).toMatchObject({ names: ['b', 'c'], token: '' });
    expect(await list({ continue: token, resourceVersion: '0' })).toMatchObject({ names: ['b', 'c'] });
  });

  it('refuse a version beside a token, and tokens of others', async () => {
    const { token } = await list({ limit: '1' });
    expect(await list({ continue: token, resourceVersion: revisions[1] ?? '' })).toMatchObject({
      code: 400,
      message: 'specifying resource version is not allowed when using continue',
    });
    const forged = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
    for (const [bad, why] of [
      ['!!', 'invalid continue token: continue key is not valid: '],
      [forged({ v: 'v9', rv: 1, start: 'a' }), 'server does not recognize this encoded version v9'],
      [forged({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }), 'incorrect encoded start resourceVersion'],
      [forged({ v: 'meta.k8s.io/v1', rv: 1 }), 'encoded start key empty (version meta.k8s.io/v1)'],
      [
        forged({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/a' }),
        'continue key is not valid: ../secrets/a',
      ],
    ] as const) {
      expect(await list({ continue: bad })).toMatchObject({
        code: 400,
        message: expect.stringContaining(why),
      });
    }
  });

  it('go on after compaction by the token that the refusal brings, in the present', async () => {
    const first = await list({ limit: '1' });
    await cluster.client.create(configMapKind, { metadata: { name: 'bb', namespace: 'default' } });
    await cluster.store.compact(cluster.store.revision);
    const expired = await list({ limit: '1', continue: first.token });
    expect(expired).toMatchObject({
      code: 410,
      message: expect.stringContaining('The provided continue parameter is too old'),
    });
    const second = await list({ limit: '1', continue: expired.token });
    expect(second).toMatchObject({ code: 200, names: ['b'], remaining: 2 });
    expect(await list({ continue: second.token })).toMatchObject({ names: ['bb', 'c'], token: '' });
    await cluster.client.delete(configMapKind, { namespace: 'default', name: 'bb' });
    expect(await list({ resourceVersion: revisions[1] ?? '', resourceVersionMatch: 'Exact' })).toMatchObject({
      code: 410,
      message: 'The resourceVersion for the provided list is too old.',
    });
  });
});

describe('a token', () => {
  it('leads to the past for five minutes, then to the present', async () => {
    const { token } = await list({ limit: '1' });
    const fields = JSON.parse(Buffer.from(token, 'base64url').toString()) as { t: number };
    const old = Buffer.from(JSON.stringify({ ...fields, t: fields.t - 301_000 })).toString('base64url');
    const expired = await list({ limit: '1', continue: old });
    expect(expired).toMatchObject({ code: 410, token: expect.stringMatching(/./) });
    expect(await list({ continue: expired.token })).toMatchObject({ code: 200, names: ['b', 'c'] });
  });
});

describe('field selectors', () => {
  it.each([
    ['/api/v1/pods', 'spec.nodeName=a,status.phase!=Failed,spec.restartPolicy=Always,spec.schedulerName=s'],
    [
      '/api/v1/pods',
      'spec.serviceAccountName=a,spec.hostNetwork=true,status.podIP=1.1.1.1,status.podIPs=1.1.1.1',
    ],
    ['/api/v1/pods', 'status.nominatedNodeName=a,spec.host=b,metadata.namespace=c,metadata.name=d'],
    ['/api/v1/nodes', 'spec.unschedulable=true,metadata.name=a'],
    ['/api/v1/namespaces', 'status.phase=Active,metadata.name=a'],
    ['/api/v1/secrets', 'type=Opaque'],
    ['/api/v1/services', 'spec.clusterIP=None,spec.type=ClusterIP'],
    ['/api/v1/replicationcontrollers', 'status.replicas=0'],
    ['/apis/apps/v1/replicasets', 'status.replicas=0'],
    ['/apis/batch/v1/jobs', 'status.successful=1'],
    ['/api/v1/events', 'involvedObject.kind=Pod,involvedObject.namespace=a,involvedObject.name=b'],
    ['/api/v1/events', 'involvedObject.uid=a,involvedObject.apiVersion=v1,involvedObject.resourceVersion=1'],
    ['/api/v1/events', 'involvedObject.fieldPath=a,reason=b,reportingComponent=c,source=d,type=e'],
    [
      '/apis/events.k8s.io/v1/events',
      'regarding.kind=Pod,regarding.name=b,reason=b,reportingController=c,type=e',
    ],
    ['/apis/certificates.k8s.io/v1/certificatesigningrequests', 'spec.signerName=a'],
    ['/apis/networking.k8s.io/v1/ipaddresses', 'spec.parentRef.name=a'],
    ['/apis/resource.k8s.io/v1/resourceslices', 'spec.nodeName=a,spec.driver=b'],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'metadata.namespace=none'],
  ])('of %s: %s', async (at, fieldSelector) => {
    expect(await list({ fieldSelector }, at)).toMatchObject({ code: 200, names: [] });
  });

  it.each([
    ['/api/v1/nodes', 'metadata.namespace', 'field label not supported: metadata.namespace'],
    ['/api/v1/pods', 'spec.image', 'field label not supported: spec.image'],
    [
      '/apis/apps/v1/deployments',
      'spec.replicas',
      '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ])('of %s refuse %s', async (at, field, why) => {
    const { code, message } = await list({ fieldSelector: `${field}=a` }, at);
    expect(code).toBe(400);
    expect(message).toContain(why);
  });
});
