import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { endpointsKind } from '@shared/kinds/core/endpoints/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { ConfigMap, Pod } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeKubelet } from '../testing/fake-kubelet.ts';
import { eventually, startWorld, type World } from '../testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

describe('namespace', () => {
  test('gets a default service account and the root certificate, and gets them back when they are deleted', async () => {
    const { client } = world;
    await client.create(namespaceKind, { metadata: { name: 'team' } });
    const arrive = async () => {
      const arrived = (objects: readonly { metadata?: { readonly name?: string } }[], name: string) =>
        objects.find(({ metadata }) => metadata?.name === name);
      await eventually(client, serviceAccountKind, {
        namespace: 'team',
        until: (all) => arrived(all, 'default'),
      });
      await eventually(client, configMapKind, {
        namespace: 'team',
        until: (all) => all.some(({ data }) => data?.['ca.crt'] === world.cluster.pki.ca.cert),
      });
    };
    await arrive();
    await client.delete(serviceAccountKind, { namespace: 'team', name: 'default' });
    await client.delete(configMapKind, { namespace: 'team', name: 'kube-root-ca.crt' });
    await arrive();
  });

  test('puts the root certificate right when someone changes it', async () => {
    const { client } = world;
    const ref = { namespace: 'default', name: 'kube-root-ca.crt' };
    await eventually(client, configMapKind, { namespace: 'default', until: (all) => all.length > 0 });
    await client.patch(configMapKind, ref, {
      type: 'merge',
      body: { data: { 'ca.crt': 'forged', more: 'x' } },
    });
    await eventually(client, configMapKind, {
      namespace: 'default',
      until: ([map]) =>
        Object.keys(map?.data ?? {}).length === 1 && map?.data?.['ca.crt'] === world.cluster.pki.ca.cert,
    });
  });

  test('is emptied and removed, and workloads in it do not come back', async () => {
    const { client } = world;
    const kubelet = startFakeKubelet(client);
    await client.create(namespaceKind, { metadata: { name: 'team' } });
    await eventually(client, serviceAccountKind, { namespace: 'team', until: (all) => all.length > 0 });
    await client.create(deploymentKind, {
      metadata: { name: 'web', namespace: 'team' },
      spec: {
        replicas: 5,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    await client.create(configMapKind, { metadata: { name: 'settings', namespace: 'team' } });
    await eventually(client, podKind, { namespace: 'team', until: (pods) => pods.length === 5 });
    await client.delete(namespaceKind, { name: 'team' });
    await eventually(client, namespaceKind, {
      until: (all) => all.every(({ metadata }) => metadata?.name !== 'team'),
    });
    for (const kind of [podKind, deploymentKind, configMapKind, serviceAccountKind]) {
      expect((await client.list(kind, { namespace: 'team' })).items).toEqual([]);
    }
    await kubelet.stop();
  });

  test('says what it waits for when a finalizer holds something back', async () => {
    const { client } = world;
    await client.create(namespaceKind, { metadata: { name: 'team' } });
    const held: ConfigMap = {
      metadata: { name: 'held', namespace: 'team', finalizers: ['example.com/keep'] },
    };
    await client.create(configMapKind, held);
    await client.delete(namespaceKind, { name: 'team' });
    const message = await eventually(client, namespaceKind, {
      until: (all) =>
        all
          .find(({ metadata }) => metadata?.name === 'team')
          ?.status?.conditions?.find(
            ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
          )?.message,
    });
    expect(message).toBe(
      'Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
    );
    const ref = { namespace: 'team', name: 'held' };
    await client.patch(configMapKind, ref, { type: 'merge', body: { metadata: { finalizers: null } } });
    await eventually(client, namespaceKind, {
      until: (all) => all.every(({ metadata }) => metadata?.name !== 'team'),
    });
  });
});

describe('service', () => {
  const pod = (name: string): Pod => ({
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });

  test('is told of by slices and endpoints that follow its pods and go with it', async () => {
    const { client } = world;
    const kubelet = startFakeKubelet(client);
    await client.create(serviceKind, {
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await client.create(podKind, pod('a'));
    await client.create(podKind, pod('b'));
    const slices = (names: string[]) =>
      eventually(client, endpointSliceKind, {
        namespace: 'default',
        until: (all) => {
          const own = all.filter(
            ({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === 'web',
          );
          const ready = own
            .flatMap(({ endpoints }) => endpoints ?? [])
            .filter(({ conditions }) => conditions?.ready)
            .map(({ targetRef }) => targetRef?.name ?? '');
          return ready.sort().join() === names.join();
        },
      });
    await slices(['a', 'b']);
    await eventually(client, endpointsKind, {
      namespace: 'default',
      until: (all) =>
        all.find(({ metadata }) => metadata?.name === 'web')?.subsets?.[0]?.addresses?.length === 2,
    });
    await client.delete(podKind, { namespace: 'default', name: 'a' });
    await slices(['b']);
    await client.delete(serviceKind, { namespace: 'default', name: 'web' });
    await eventually(client, endpointSliceKind, {
      namespace: 'default',
      until: (all) => all.every(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] !== 'web'),
    });
    await eventually(client, endpointsKind, {
      namespace: 'default',
      until: (all) => all.every(({ metadata }) => metadata?.name !== 'web'),
    });
    await kubelet.stop();
  });

  test('Endpoints that a person made for a service without selector are told as slices, and go with them', async () => {
    const { client } = world;
    const ref = { name: 'outside', namespace: 'default' };
    const listed = (ip: string) => ({
      metadata: ref,
      subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }],
    });
    const slices = (address: string | undefined) =>
      eventually(client, endpointSliceKind, {
        namespace: 'default',
        until: (all) => {
          const mirrored = all.filter(({ metadata }) => metadata?.generateName === 'outside-');
          return (
            mirrored.length === (address === undefined ? 0 : 1) &&
            mirrored[0]?.endpoints?.[0]?.addresses[0] === address
          );
        },
      });
    await client.create(endpointsKind, listed('10.9.9.1'));
    await client.create(serviceKind, { metadata: ref, spec: { ports: [{ port: 80 }] } });
    await slices('10.9.9.1');
    await client.update(endpointsKind, listed('10.9.9.2'));
    await slices('10.9.9.2');
    await client.delete(endpointsKind, ref);
    await slices(undefined);
  });

  test('Endpoints that a person made for a service without selector are left alone', async () => {
    const { client } = world;
    const metadata = { name: 'outside', namespace: 'default' };
    await client.create(endpointsKind, { metadata, subsets: [{ addresses: [{ ip: '192.0.2.1' }] }] });
    await client.create(serviceKind, { metadata, spec: { ports: [{ port: 80 }] } });
    await client.create(serviceKind, {
      metadata: { name: 'later', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await eventually(client, endpointsKind, {
      namespace: 'default',
      until: (all) => all.some((one) => one.metadata?.name === 'later'),
    });
    expect(await client.get(endpointsKind, metadata)).toMatchObject({
      subsets: [{ addresses: [{ ip: '192.0.2.1' }] }],
    });
  });
});

describe('garbage collection', () => {
  const owned = (name: string, owners: { name: string; uid: string }[]): ConfigMap => ({
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: owners.map((owner) => ({ apiVersion: 'v1', kind: 'ConfigMap', ...owner })),
    },
  });
  const names = (all: readonly { metadata?: { readonly name?: string } }[]) =>
    all.map(({ metadata }) => metadata?.name).filter((name) => name !== 'kube-root-ca.crt');

  test('deletes an object whose owner never existed', async () => {
    const { client } = world;
    await client.create(configMapKind, owned('stray', [{ name: 'nobody', uid: 'no-such-uid' }]));
    await eventually(client, configMapKind, {
      namespace: 'default',
      until: (all) => !names(all).includes('stray'),
    });
  });

  test('keeps an object while one of its owners is left, and follows chains', async () => {
    const { client } = world;
    const [first, second] = [
      await client.create(configMapKind, owned('first', [])),
      await client.create(configMapKind, owned('second', [])),
    ];
    const refTo = (object: typeof first) => ({
      name: object.metadata?.name ?? '',
      uid: object.metadata?.uid ?? '',
    });
    const child = await client.create(configMapKind, owned('child', [refTo(first), refTo(second)]));
    await client.create(configMapKind, owned('grandchild', [refTo(child)]));
    await client.delete(configMapKind, { namespace: 'default', name: 'first' });
    const kept = await eventually(client, configMapKind, {
      namespace: 'default',
      until: (all) => {
        const found = all.find(({ metadata }) => metadata?.name === 'child');
        return found?.metadata?.ownerReferences?.length === 1 && found;
      },
    });
    expect(kept.metadata?.ownerReferences?.[0]?.name).toBe('second');
    await client.delete(configMapKind, { namespace: 'default', name: 'second' });
    await eventually(client, configMapKind, {
      namespace: 'default',
      until: (all) => names(all).length === 0,
    });
  });

  test('a ring of objects that wait for one another goes when one of them is deleted', async () => {
    const { client } = world;
    const uids = new Map<string, string>();
    for (const name of ['a', 'b', 'c'])
      uids.set(name, (await client.create(configMapKind, owned(name, []))).metadata?.uid ?? '');
    for (const [name, owner] of [
      ['a', 'c'],
      ['b', 'a'],
      ['c', 'b'],
    ] as const) {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: uids.get(owner) };
      await client.patch(
        configMapKind,
        { namespace: 'default', name },
        {
          type: 'merge',
          body: { metadata: { ownerReferences: [{ ...reference, blockOwnerDeletion: true }] } },
        },
      );
    }
    const foreground = { propagationPolicy: 'Foreground' } as const;
    await client.delete(configMapKind, { namespace: 'default', name: 'a' }, foreground);
    await eventually(client, configMapKind, {
      namespace: 'default',
      until: (all) => names(all).length === 0,
    });
  });
});

test('no loop reports a failure in an idle cluster', async () => {
  await eventually(world.client, serviceAccountKind, { until: (all) => all.length >= 4 });
  expect(world.logged.filter((line) => line.includes('failed') || line.includes('crashed'))).toEqual([]);
});
