import { readFile } from 'node:fs/promises';
import { apiVersionOf, type KubeObject } from '@shared/api/meta.ts';
import { refOf } from '@shared/client/client.ts';
import { type AnyKind, allVerbs } from '@shared/kinds/define.ts';
import { exampleOf, nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { sparseParts } from '@shared/schema/sparse.test-fixture.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { faultOf } from '../testing/fault.ts';

/**
 * Admission, defaults and field ownership see objects before they are validated: whatever the types call required
 * may be absent. Every object and list item that a schema knows is sent with nothing in it, one at a time.
 */

let cluster: TestCluster;
/** One of each kind that is there. */
const present = new Map<string, KubeObject & JsonObject>();

const created = kinds.filter(({ stored, verbs = allVerbs }) => stored && verbs.includes('create'));

beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
  const manifest = await readFile(new URL('./fixtures/every-kind.yaml', import.meta.url), 'utf8');
  const given = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject & JsonObject);
  for (const kind of created) {
    const object =
      special[nameOf(kind)] ??
      given.find((one) => one.apiVersion === apiVersionOf(kind) && one.kind === kind.kind) ??
      exampleOf(kind);
    const { name = '', namespace } = object.metadata ?? {};
    const metadata = { name: kind.conversion ? `further-${name}` : name, ...(namespace && { namespace }) };
    await cluster.client.create(kind, { ...object, metadata });
    present.set(nameOf(kind), { ...object, metadata });
  }
});
afterAll(() => cluster.close());

/** One that openssl made. */
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISE1HNENBUUF3RERFS01BZ0dBMVVFQXd3QmVEQlpNQk1H' +
  'QnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQQpCSHJnU2dsN2JLcUltQWhpQm8wMHRTcUZqNk5sYkpvaVhtaHY1OXBMNFZP' +
  'K08rZnN4STlpTkVZRnZmOEpISjhzCk96eldnekF3djd5YTh0eHVRNFhYcEhhZ0FEQUtCZ2dxaGtqT1BRUURBZ05KQURCR0Fp' +
  'RUFwK09XUm5QMEYyWlEKc01YVWQ0Si90Ky9SSXh5U0ZEQ1pNdld0OEltNFV2d0NJUUNaWGJNSnJ5V3ZhR3NiREVjUXRqTVpm' +
  'eHE5QTZKLwpCYVJOQVM5UUNPS1l6Zz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';

/** What needs more than an example, and what makes the modules that read pods and claims most closely do something. */
const special: Readonly<Record<string, KubeObject & JsonObject>> = {
  'apiextensions.k8s.io/v1/CustomResourceDefinition': {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  },
  'certificates.k8s.io/v1/CertificateSigningRequest': {
    metadata: { name: 'a' },
    spec: { signerName: 'example.com/signer', usages: ['client auth'], request: certificateRequest },
  },
  'v1/LimitRange': {
    metadata: { namespace: 'default', name: 'limits' },
    spec: { limits: ['Container', 'Pod'].map((type) => ({ type, min: { cpu: '1m' }, max: { cpu: '100' } })) },
  },
  'v1/ResourceQuota': {
    metadata: { namespace: 'default', name: 'quota' },
    spec: {
      hard: { pods: '1000', 'requests.cpu': '1000', 'requests.storage': '1000Gi', 'count/services': '9' },
    },
  },
};

/** What a pod is made of is the same everywhere: entered in pods, not in every template. */
const podSpec = ['io.k8s.api.core.v1.PodSpec'];
const shallow = ({ kind }: AnyKind) => (kind === 'Pod' ? [] : podSpec);

const byName = created.map((kind) => [nameOf(kind), kind] as const);

it.each(byName)('a new object is stored or refused, never a fault of the server: %s', async (name, kind) => {
  const { metadata } = present.get(name) ?? {};
  const faults: string[] = [];
  for (const part of sparseParts(kind.schema, { shallow: shallow(kind) })) {
    const object = { ...exampleOf(kind), metadata: { ...metadata, name: 'new' }, ...part };
    const fault = await faultOf(() => cluster.client.create(kind, object, { dryRun: true }));
    if (fault) faults.push(`${JSON.stringify(part)}: ${fault}`);
  }
  expect(faults).toEqual([]);
});

it.each(byName)('a change is taken or refused, never a fault of the server: %s', async (name, kind) => {
  const object = present.get(name) ?? {};
  const { apiVersion, kind: kindName } = exampleOf(kind);
  const faults: string[] = [];
  for (const part of sparseParts(kind.schema, { shallow: podSpec })) {
    for (const type of ['merge', 'strategic', 'apply'] as const) {
      const body = type === 'apply' ? { apiVersion, kind: kindName, ...part } : part;
      const options = { dryRun: true, ...(type === 'apply' && { fieldManager: 'sparse', force: true }) };
      const fault = await faultOf(() => cluster.client.patch(kind, refOf(object), { type, body }, options));
      if (fault) faults.push(`${type} ${JSON.stringify(part)}: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
});

it.each(byName.filter(([, { hasStatus }]) => hasStatus))(
  'a status is taken or refused, never a fault of the server: %s',
  async (name, kind) => {
    const object = present.get(name) ?? {};
    const faults: string[] = [];
    for (const part of sparseParts(kind.schema).filter(({ status }) => status !== undefined)) {
      const calls = {
        update: () => cluster.client.updateStatus(kind, { ...object, ...part }, { dryRun: true }),
        patch: () => cluster.client.patch(kind, refOf(object), { type: 'merge', body: part }, onStatus),
        apply: () =>
          cluster.client.patch(
            kind,
            refOf(object),
            { type: 'apply', body: { apiVersion: object.apiVersion, kind: object.kind, ...part } },
            { ...onStatus, fieldManager: 'sparse', force: true },
          ),
      };
      for (const [verb, call] of Object.entries(calls)) {
        const fault = await faultOf(call);
        if (fault) faults.push(`${verb} ${JSON.stringify(part)}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
  },
);
const onStatus = { subresource: 'status', dryRun: true };
