import { describe, expect, test } from 'vitest';
import type { ReadonlyPod } from '../pod/spec.ts';
import { hostsFile, parseResolvConf, podDns, podHostname } from './dns.ts';
import { ContainerConfigError, containerEnv, type EnvSources } from './env.ts';
import { expand } from './expand.ts';
import { verifyRunAsNonRoot } from './security.ts';

const facts = {
  podIps: ['10.0.0.2'],
  hostIps: ['172.30.1.11'],
  allocatable: { cpuMilli: 2000, memoryBytes: 2 ** 30, storageBytes: 2 ** 33 },
};

function sources(parts: Partial<EnvSources> = {}): EnvSources {
  return { configMap: () => undefined, secret: () => undefined, services: [], facts, ...parts };
}

const pod: ReadonlyPod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u1', labels: { app: 'web' } },
  spec: { nodeName: 'node-1', containers: [] },
};

describe('expand', () => {
  const value = (name: string) => ({ A: '1', B: '$(A)' })[name];
  test.each([
    ['$(A)', '1'],
    ['x$(A)y$(A)', 'x1y1'],
    ['$$(A)', '$(A)'],
    ['$(MISSING)', '$(MISSING)'],
    ['$(B)', '$(A)'],
    ['100$', '100$'],
    ['$(A', '$(A'],
  ])('%s becomes %s', (text, expected) => expect(expand(text, value)).toBe(expected));
});

describe('containerEnv', () => {
  const env = (container: object, parts?: Partial<EnvSources>) =>
    Object.fromEntries(
      containerEnv(pod, { name: 'a', ...container }, sources(parts)).map(({ key, value }) => [key, value]),
    );

  test('literals see earlier variables; later ones win over imported ones', () => {
    const configMap = () => ({ data: { COLOR: 'red', SIZE: 'l' } });
    const container = {
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'm' } }],
      env: [
        { name: 'P_COLOR', value: 'blue' },
        { name: 'BOTH', value: '$(P_COLOR)-$(P_SIZE)-$(LATER)' },
        { name: 'LATER', value: 'x' },
      ],
    };
    expect(env(container, { configMap })).toEqual({
      P_COLOR: 'blue',
      P_SIZE: 'l',
      BOTH: 'blue-l-$(LATER)',
      LATER: 'x',
    });
  });

  test('fields of the pod and limits, those of the node where there are none', () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const container = {
      resources: { limits: { memory: '64Mi' } },
      env: [
        field('LABEL', "metadata.labels['app']"),
        field('IP', 'status.podIP'),
        { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'CPU_M', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      ],
    };
    expect(env(container)).toEqual({ LABEL: 'web', IP: '10.0.0.2', MEM: '64', CPU: '2', CPU_M: '2000' });
  });

  test('services of the namespace and the API server, unless links are off', () => {
    const service = (namespace: string, name: string, clusterIP: string) => ({
      metadata: { namespace, name },
      spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    });
    const services = [
      service('default', 'kubernetes', '10.96.0.1'),
      service('default', 'my-db', '10.96.0.5'),
      service('other', 'far', '10.96.0.6'),
      service('default', 'headless', 'None'),
    ];
    expect(env({}, { services })).toMatchObject({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      MY_DB_SERVICE_HOST: '10.96.0.5',
      MY_DB_SERVICE_PORT_HTTP: '80',
      MY_DB_PORT: 'tcp://10.96.0.5:80',
      MY_DB_PORT_80_TCP_ADDR: '10.96.0.5',
    });
    expect(Object.keys(env({}, { services })).filter((key) => /^(FAR|HEADLESS)/.test(key))).toEqual([]);
    const unlinked = { ...pod, spec: { containers: [], enableServiceLinks: false } };
    const keys = containerEnv(unlinked, { name: 'a' }, sources({ services })).map(({ key }) => key);
    expect(keys.every((key) => key.startsWith('KUBERNETES_'))).toBe(true);
  });

  test.each([
    [{ configMapKeyRef: { name: 'm', key: 'k' } }, {}, 'configmap "m" not found'],
    [
      { configMapKeyRef: { name: 'm', key: 'k' } },
      { configMap: () => ({ data: {} }) },
      "couldn't find key k in ConfigMap default/m",
    ],
    [{ secretKeyRef: { name: 's', key: 'k' } }, {}, 'secret "s" not found'],
    [
      { secretKeyRef: { name: 's', key: 'k' } },
      { secret: () => ({ data: {} }) },
      "couldn't find key k in Secret default/s",
    ],
  ])('%j without its object: %s', (valueFrom, parts, message) => {
    expect(() => env({ env: [{ name: 'X', valueFrom }] }, parts)).toThrow(new ContainerConfigError(message));
  });

  test('what is optional and missing is left out', () => {
    const valueFrom = { secretKeyRef: { name: 's', key: 'k', optional: true } };
    expect(
      env({ env: [{ name: 'X', valueFrom }], envFrom: [{ configMapRef: { name: 'm', optional: true } }] }),
    ).toEqual({});
  });
});

describe('name resolution', () => {
  const node = parseResolvConf('nameserver 192.0.2.1\nsearch corp.example\noptions ndots:1 timeout:2\n');
  const cluster = { server: '10.96.0.10', domain: 'cluster.local' };
  const dns = (spec: object) => podDns({ ...pod, spec: { containers: [], ...spec } }, node, cluster);

  test('by policy', () => {
    const inCluster = {
      servers: ['10.96.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
      options: ['ndots:5'],
    };
    expect(dns({})).toEqual(inCluster);
    expect(dns({ dnsPolicy: 'Default' })).toEqual(node);
    expect(dns({ hostNetwork: true })).toEqual(node);
    expect(dns({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })).toEqual(inCluster);
    expect(
      dns({
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['9.9.9.9'], searches: ['x'], options: [{ name: 'ndots', value: '2' }] },
      }),
    ).toEqual({ servers: ['9.9.9.9'], searches: ['x'], options: ['ndots:2'] });
  });

  test('hostname and hosts file of a pod in a subdomain', () => {
    const named = {
      ...pod,
      spec: {
        containers: [],
        hostname: 'h',
        subdomain: 's',
        hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }],
      },
    };
    const names = podHostname(named, 'cluster.local');
    expect(names).toEqual({ hostname: 'h', fqdn: 'h.s.default.svc.cluster.local' });
    expect(hostsFile(named, ['10.0.0.2'], names, '').split('\n').slice(-5)).toEqual([
      '10.0.0.2\th.s.default.svc.cluster.local\th',
      '',
      '# Entries added by HostAliases.',
      '1.2.3.4\ta\tb',
      '',
    ]);
  });
});

describe('verifyRunAsNonRoot', () => {
  const image = {
    id: 'x',
    repoTags: [],
    repoDigests: [],
    sizeBytes: 0,
    uid: null,
    username: '',
    pinned: false,
  };
  const about = '(pod: "web_default(u1)", container: a)';
  const check = (securityContext: object, parts: object = {}) =>
    verifyRunAsNonRoot(pod, { name: 'a', securityContext }, { ...image, ...parts });

  test('accepts whom it knows not to be root', () => {
    expect(() => check({ runAsNonRoot: true, runAsUser: 1000 })).not.toThrow();
    expect(() => check({ runAsNonRoot: true }, { uid: 65534 })).not.toThrow();
    expect(() => check({ runAsUser: 0 })).not.toThrow();
  });

  test.each([
    [{ runAsNonRoot: true, runAsUser: 0 }, {}, `container's runAsUser breaks non-root policy ${about}`],
    [{ runAsNonRoot: true }, {}, `container has runAsNonRoot and image will run as root ${about}`],
    [
      { runAsNonRoot: true },
      { username: 'app' },
      `container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root ${about}`,
    ],
  ])('refuses %j', (context, parts, message) => expect(() => check(context, parts)).toThrow(message));
});
