import type { KubeObject } from '@shared/api/meta.ts';
import { refOf } from '@shared/client/client.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { exampleOf, nameOf } from '@shared/kinds/examples.test-fixture.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { sparseParts } from '@shared/schema/sparse.test-fixture.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { faultOf } from '../testing/fault.ts';
import { creatableKinds, everyKind, patience } from './every-kind.test-fixture.ts';

/**
 * Admission, defaults and field ownership see objects before they are validated: whatever the types call required
 * may be absent. Every object and list item that a schema knows is sent with nothing in it, one at a time.
 */

let cluster: TestCluster;
/** One of each kind that is there. */
const present = new Map<string, KubeObject & JsonObject>();

beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
  for (const { kind, object } of await everyKind()) {
    await cluster.client.create(kind, object);
    present.set(nameOf(kind), object);
  }
}, patience);
afterAll(() => cluster.close());

/** What a pod is made of is the same everywhere: entered in pods, not in every template. */
const podSpec = ['io.k8s.api.core.v1.PodSpec'];
const shallow = ({ kind }: AnyKind) => (kind === 'Pod' ? [] : podSpec);

const byName = creatableKinds.map((kind) => [nameOf(kind), kind] as const);

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
