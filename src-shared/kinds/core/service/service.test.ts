import { describe, expect, it } from 'vitest';
import { created, createErrors, defaulted, row, updated, updateErrors } from '../../testing.ts';
import type { Service } from '../../wire.ts';
import { serviceKind } from './kind.ts';

type Spec = NonNullable<Service['spec']>;

function service(spec: Spec): Service {
  return { metadata: { name: 'web', namespace: 'default' }, spec };
}

const port = { port: 80 };
const fullPort = { port: 80, protocol: 'TCP', targetPort: 80 };
const allocated: Spec = {
  type: 'ClusterIP',
  clusterIP: '10.96.0.10',
  clusterIPs: ['10.96.0.10'],
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
  ports: [port],
};

describe('a service', () => {
  it('is completed as Kubernetes does', () => {
    expect(created(serviceKind, service({ selector: { app: 'web' }, ports: [port] }))).toEqual({
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        type: 'ClusterIP',
        selector: { app: 'web' },
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [fullPort],
      },
      status: { loadBalancer: {} },
    });
  });

  it.each<[string, Spec, Spec]>([
    [
      'on node ports',
      { type: 'NodePort', ports: [{ ...port, targetPort: 'http' }] },
      { externalTrafficPolicy: 'Cluster', ports: [{ ...fullPort, targetPort: 'http' }] },
    ],
    [
      'behind a load balancer',
      { type: 'LoadBalancer', ports: [port] },
      { externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true },
    ],
    [
      'that remembers its clients',
      { sessionAffinity: 'ClientIP', ports: [port] },
      { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } },
    ],
  ])('%s is completed accordingly', (_title, given, expected) => {
    expect(defaulted(serviceKind, service(given)).spec).toMatchObject(expected);
  });

  it('elsewhere has no traffic policy', () => {
    const spec = defaulted(serviceKind, service({ type: 'ExternalName', externalName: 'a.b' })).spec;
    expect(spec).toEqual({ type: 'ExternalName', externalName: 'a.b', sessionAffinity: 'None' });
  });

  it('lists the address it asks for', () => {
    expect(created(serviceKind, service({ clusterIP: 'None', ports: [port] })).spec?.clusterIPs).toEqual([
      'None',
    ]);
  });
});

describe('kubectl get services prints', () => {
  it.each<[string, Service, Record<string, string>]>([
    [
      'a cluster address',
      service({ ...allocated, ports: [fullPort], selector: { b: '2', a: '1' } }),
      {
        Type: 'ClusterIP',
        'Cluster-IP': '10.96.0.10',
        'External-IP': '<none>',
        'Port(s)': '80/TCP',
        Selector: 'a=1,b=2',
      },
    ],
    [
      'node ports',
      service({
        ...allocated,
        type: 'NodePort',
        ports: [
          { ...fullPort, nodePort: 30080 },
          { port: 53, protocol: 'UDP' },
        ],
      }),
      { Type: 'NodePort', 'Port(s)': '80:30080/TCP,53/UDP', 'External-IP': '<none>', Selector: '<none>' },
    ],
    [
      'a load balancer to come',
      service({ type: 'LoadBalancer' }),
      { 'External-IP': '<pending>', 'Cluster-IP': '<none>', 'Port(s)': '<none>' },
    ],
    [
      'a load balancer',
      {
        ...service({ type: 'LoadBalancer', externalIPs: ['1.2.3.4'] }),
        status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }, { ip: '10.0.0.7' }] } },
      },
      { 'External-IP': '10.0.0.7,lb.example.com,1.2.3.4' },
    ],
    ['a name', service({ type: 'ExternalName', externalName: 'a.b' }), { 'External-IP': 'a.b' }],
  ])('%s', (_title, example, expected) => {
    expect(row(serviceKind.columns, example)).toMatchObject(expected);
  });
});

describe('validation of services', () => {
  it.each<[string, Spec, string[]]>([
    ['no ports', {}, ['spec.ports: Required value']],
    ['a name in two places', { type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      'a port out of range',
      { ports: [{ port: 0 }] },
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'two ports without names',
      { ports: [{ port: 80 }, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'one port twice',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
    ],
    [
      'a node port that its type has not',
      { ports: [{ port: 80, nodePort: 30080 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'an unknown type',
      { type: 'Magic', ports: [port], internalTrafficPolicy: 'Cluster' },
      [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      'a headless load balancer',
      { type: 'LoadBalancer', clusterIP: 'None', ports: [port] },
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services'],
    ],
    [
      'an address that is none',
      { clusterIP: '10.0.0', ports: [port] },
      [
        'spec.clusterIPs[0]: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'addresses in disagreement',
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'], ports: [port] },
      ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
    ],
    [
      'an address of the other family',
      { clusterIP: '10.0.0.1', ipFamilies: ['IPv6'], ports: [port] },
      [
        'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
      ],
    ],
    [
      'an external address on the loopback',
      { externalIPs: ['127.0.0.1'], ports: [port] },
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'a policy for traffic that never comes',
      { externalTrafficPolicy: 'Local', ports: [port] },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
    ],
    [
      'source ranges without a load balancer',
      { loadBalancerSourceRanges: ['10.0.0.0/8'], ports: [port] },
      ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
  ])('refuses %s', (_title, spec, expected) => {
    expect(createErrors(serviceKind, service(spec))).toEqual(expected);
  });

  it('accepts a headless service without ports', () => {
    expect(createErrors(serviceKind, service({ clusterIP: 'None' }))).toEqual([]);
  });

  it('accepts a dual-stack service', () => {
    const spec: Spec = {
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1', 'fd00::1'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
      ports: [port],
    };
    expect(createErrors(serviceKind, service(spec))).toEqual([]);
  });
});

describe('a change of a service', () => {
  const old = service(allocated);

  it('keeps what was allocated when the manifest is applied again', () => {
    const nodePorts = service({ ...allocated, type: 'NodePort', ports: [{ ...fullPort, nodePort: 30080 }] });
    const again = updated(serviceKind, service({ type: 'NodePort', ports: [port] }), nodePorts);
    expect(again.spec).toMatchObject({
      clusterIP: '10.96.0.10',
      clusterIPs: ['10.96.0.10'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ ...fullPort, nodePort: 30080 }],
    });
    expect(updateErrors(serviceKind, service({ type: 'NodePort', ports: [port] }), nodePorts)).toEqual([]);
  });

  it('never hands one node port to two ports', () => {
    const before = service({ ...allocated, type: 'NodePort', ports: [{ ...fullPort, nodePort: 30080 }] });
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, nodePort: 30080 },
    ];
    const after = updated(serviceKind, service({ type: 'NodePort', ports }), before);
    expect(after.spec?.ports?.map(({ nodePort }) => nodePort)).toEqual([undefined, 30080]);
  });

  it('gives the address up on the way to a name', () => {
    const after = updated(
      serviceKind,
      service({ ...allocated, type: 'ExternalName', externalName: 'a.b' }),
      old,
    );
    expect(after.spec).not.toHaveProperty('clusterIP');
    expect(after.spec).not.toHaveProperty('clusterIPs');
    expect(after.spec).not.toHaveProperty('ipFamilies');
  });

  it('gives node ports up on the way back to the cluster', () => {
    const before = service({ ...allocated, type: 'NodePort', ports: [{ ...fullPort, nodePort: 30080 }] });
    const after = updated(
      serviceKind,
      service({ ...allocated, ports: [{ ...fullPort, nodePort: 30080 }] }),
      before,
    );
    expect(after.spec?.ports).toEqual([fullPort]);
    expect(after.spec).not.toHaveProperty('externalTrafficPolicy');
  });

  it('may not move it to another address', () => {
    expect(updateErrors(serviceKind, service({ ...allocated, clusterIP: '10.96.0.11' }), old)).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set',
    ]);
  });

  it('may add a second family and give it up again', () => {
    const dual: Spec = {
      ...allocated,
      clusterIPs: ['10.96.0.10', 'fd00::10'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'PreferDualStack',
    };
    expect(updateErrors(serviceKind, service(dual), old)).toEqual([]);
    const back = service({ ...dual, ipFamilyPolicy: 'SingleStack' });
    expect(updated(serviceKind, back, service(dual)).spec).toMatchObject({
      clusterIPs: ['10.96.0.10'],
      ipFamilies: ['IPv4'],
    });
    expect(updateErrors(serviceKind, back, service(dual))).toEqual([]);
  });
});
