import { ApiError } from '@shared/api/status.ts';
import { Client } from '@shared/client/client.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import { deviceClassKind } from '@shared/kinds/resource/device-class/kind.ts';
import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import { resourceClaimTemplateKind } from '@shared/kinds/resource/resource-claim-template/kind.ts';
import type { ResourceClaim } from '@shared/kinds/wire.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
  await cluster.client.create(namespaceKind, {
    metadata: { name: 'admin', labels: { 'resource.kubernetes.io/admin-access': 'true' } },
  });
});
afterAll(() => cluster.close());

type Requests = NonNullable<NonNullable<ResourceClaim['spec']['devices']>['requests']>;
type Status = NonNullable<ResourceClaim['status']>;

const claim = (name: string, requests: Requests, namespace = 'default'): ResourceClaim => ({
  metadata: { name, namespace },
  spec: { devices: { requests } },
});
const one = (rest: object = {}): Requests => [{ name: 'r', exactly: { deviceClassName: 'gpu', ...rest } }];
const causes = (promise: Promise<unknown>): Promise<string[]> =>
  promise.then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      const told = error.status.details?.causes ?? [];
      return told.length > 0 ? told.map(({ field, message }) => `${field}: ${message}`) : [error.message];
    },
  );

describe('selectors of devices', () => {
  const attribute = 'device.attributes["gpu.example.com"].model';
  // https://github.com/kubernetes/kubernetes, as its own validation tests have it.
  const loops = `${'[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(x, '.repeat(7)}int("1".find("[0-9]*")) < 100${')'.repeat(7)}`;
  const broken = (text: string) =>
    `Invalid value: ${JSON.stringify(text)}: compilation failed: ERROR: <input>:1:`;

  it.each<[string, string | undefined]>([
    ['device.driver == "gpu.example.com"', undefined],
    ['device.allowMultipleAllocations', undefined],
    ['device.attributes["gpu.example.com"].healthy', undefined],
    [`${attribute} == "a100" && ${attribute}.startsWith("a")`, undefined],
    [`${attribute}.isGreaterThan(semver("1.2.0"))`, undefined],
    ['device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0', undefined],
    ['cel.bind(gpu, device.attributes["gpu.example.com"], gpu.a == 1 && gpu.b.matches("x.*"))', undefined],
    ['device.attributes.all(d, device.attributes[d].all(name, name.matches("a")))', undefined],
    [
      'device.driver',
      'Invalid value: "device.driver": must evaluate to bool or the unknown type, not string',
    ],
    ['device.name == "x"', `${broken('device.name == "x"')}7: undefined field 'name'`],
    ['self.driver == ""', `${broken('self.driver == ""')}1: undeclared reference to 'self'`],
    ['device.driver == 1', broken('device.driver == 1')],
    ['device.capacity["a"].b == "1"', broken('device.capacity["a"].b == "1"')],
    ['device.', broken('device.')],
    [loops, 'Forbidden: too complex, exceeds cost limit'],
    ['x'.repeat(10 * 1024 + 1), 'Too long: may not be more than 10240 bytes'],
  ])('%s', async (expression, complaint) => {
    const { client } = cluster;
    const selectors = [{ cel: { expression } }];
    const wanted = (field: string) =>
      complaint === undefined ? [] : [expect.stringContaining(`${field}[0].cel.expression: ${complaint}`)];
    const dryRun = { dryRun: true };
    const metadata = { name: 'x', namespace: 'default' };
    expect(
      await causes(client.create(deviceClassKind, { metadata: { name: 'x' }, spec: { selectors } }, dryRun)),
    ).toEqual(wanted('spec.selectors'));
    expect(await causes(client.create(resourceClaimKind, claim('x', one({ selectors })), dryRun))).toEqual(
      wanted('spec.devices.requests[0].exactly.selectors'),
    );
    const firstAvailable = [{ name: 'a', deviceClassName: 'gpu', selectors }];
    const { spec } = claim('x', [{ name: 'r', firstAvailable }]);
    expect(
      await causes(client.create(resourceClaimTemplateKind, { metadata, spec: { spec } }, dryRun)),
    ).toEqual(wanted('spec.spec.devices.requests[0].firstAvailable[0].selectors'));
  });
});

describe('claims', () => {
  it('of devices that others use are for namespaces whose label allows it', async () => {
    const { client } = cluster;
    const spying = one({ allocationMode: 'All', adminAccess: true });
    expect(await causes(client.create(resourceClaimKind, claim('spy', spying)))).toEqual([
      'spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace',
    ]);
    expect(await causes(client.create(resourceClaimKind, claim('spy', spying, 'admin')))).toEqual([]);
  });

  const user = (name: string, node?: string): Client => {
    const extra = node ? { 'authentication.kubernetes.io/node-name': [node] } : {};
    const groups = ['system:serviceaccounts', 'system:authenticated'];
    return new Client(
      cluster.server.localTransport({ name: `system:serviceaccount:default:${name}`, groups, extra }),
    );
  };

  async function allow(name: string, rules: [resources: string, verbs: string[], names?: string[]][]) {
    const { client } = cluster;
    await client.create(clusterRoleKind, {
      metadata: { name },
      rules: rules.map(([resource, verbs, resourceNames = []]) => ({
        apiGroups: ['resource.k8s.io'],
        resources: [resource],
        verbs,
        resourceNames,
      })),
    });
    await client.create(clusterRoleBindingKind, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    });
  }

  const writes: [string, string[]] = ['resourceclaims/status', ['update', 'patch']];
  const allocation = (node: string): NonNullable<Status['allocation']> => ({
    devices: { results: [{ request: 'r', driver: 'gpu.example.com', pool: 'p', device: 'd' }] },
    nodeSelector: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
    },
  });
  const devices = [{ driver: 'gpu.example.com', pool: 'p', device: 'd', data: { on: true } }];

  it('are bound by whom a permission of its own allows that', async () => {
    await allow('writer', [writes]);
    await allow('binder', [writes, ['resourceclaims/binding', ['patch']]]);
    await cluster.client.create(resourceClaimKind, claim('bound', one()));
    const bind = (client: Client, verb: 'patch' | 'update') => {
      const status = { allocation: allocation('n1') };
      const place = { name: 'bound', namespace: 'default' };
      return causes(
        verb === 'patch'
          ? client.patch(
              resourceClaimKind,
              place,
              { type: 'merge', body: { status } },
              { subresource: 'status' },
            )
          : client.updateStatus(resourceClaimKind, { ...claim('bound', one()), status }),
      );
    };
    const refused = (name: string, verb: string) =>
      `status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission: resourceclaims.resource.k8s.io is forbidden: User "system:serviceaccount:default:${name}" cannot ${verb} resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope`;
    expect(await bind(user('writer'), 'patch')).toEqual([refused('writer', 'patch')]);
    expect(await bind(user('binder'), 'update')).toEqual([refused('binder', 'update')]);
    expect(await bind(user('binder'), 'patch')).toEqual([]);
  });

  it.each<[string, string[], string | undefined, boolean]>([
    ['a driver on its node', ['associated-node:patch'], 'n1', true],
    ['a driver on another node', ['associated-node:patch'], 'n2', false],
    ['a driver whose token names no node', ['associated-node:patch'], undefined, false],
    ['a driver for all nodes', ['arbitrary-node:patch'], 'n2', true],
    ['a driver that may do something else', ['associated-node:update'], 'n1', false],
  ])('devices are spoken of by %s', async (what, verbs, node, isAllowed) => {
    const { client } = cluster;
    const name = what.replaceAll(' ', '-');
    await allow(name, [writes, ['resourceclaims/driver', verbs, ['gpu.example.com']]]);
    const created = await client.create(resourceClaimKind, claim(name, one()));
    const status = { allocation: allocation('n1') };
    await client.updateStatus(resourceClaimKind, { ...(created as ResourceClaim), status });
    const place = { name, namespace: 'default' };
    const tell = (driver: string) =>
      causes(
        user(name, node).patch(
          resourceClaimKind,
          place,
          { type: 'merge', body: { status: { devices: devices.map((device) => ({ ...device, driver })) } } },
          { subresource: 'status' },
        ),
      );
    const told = await tell('gpu.example.com');
    expect(told).toEqual(
      isAllowed ? [] : [expect.stringMatching(/^status\.devices: Forbidden: .*-node:patch/)],
    );
    expect(await tell('other.example.com')).toContainEqual(
      expect.stringMatching(/^status\.devices: Forbidden: .*resourceclaims\/driver/),
    );
  });
});
