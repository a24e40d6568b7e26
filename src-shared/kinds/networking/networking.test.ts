import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from '../wire.ts';
import { ingressKind } from './ingress/kind.ts';
import { ingressClassKind } from './ingress-class/kind.ts';
import { ipAddressKind } from './ip-address/kind.ts';
import { networkPolicyKind } from './network-policy/kind.ts';
import { serviceCidrKind } from './service-cidr/kind.ts';
import { checkStrictCidr, checkStrictIp, ipText } from './strict-ip.ts';

type Path = NonNullable<NonNullable<NonNullable<Ingress['spec']>['rules']>[number]['http']>['paths'][number];

const backend = { service: { name: 'web', port: { number: 80 } } };
const ingress = (spec: Ingress['spec'], annotations: Record<string, string> = {}): Ingress => ({
  metadata: { name: 'a', namespace: 'b', annotations },
  ...(spec && { spec }),
});
const withPath = (path: Partial<Path>) =>
  ingress({
    rules: [{ host: 'a.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...path }] } }],
  });
const at = 'spec.rules[0].http.paths[0]';

describe('ingresses', () => {
  it('lead somewhere', () => {
    expect(createErrors(ingressKind, withPath({}))).toEqual([]);
    expect(createErrors(ingressKind, ingress({ defaultBackend: backend }))).toEqual([]);
    expect(createErrors(ingressKind, ingress({}))).toEqual([
      'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
    ]);
    expect(createErrors(ingressKind, ingress({ rules: [{ http: { paths: [] } }] }))).toEqual([
      'spec.rules[0].http.paths: Required value',
    ]);
  });

  it.each<[string, Partial<Path>, string[]]>([
    ['relative', { path: 'a' }, [`${at}.path: Invalid value: "a": must be an absolute path`]],
    [
      'devious',
      { path: '/a//b/..' },
      [
        `${at}.path: Invalid value: "/a//b/..": must not contain '//'`,
        `${at}.path: Invalid value: "/a//b/..": cannot end with '/..'`,
      ],
    ],
    [
      'of no known type',
      { pathType: 'Regex' },
      [
        `${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
      ],
    ],
    ['of no type', { pathType: '' }, [`${at}.pathType: Required value: pathType must be specified`]],
    [
      'without a backend',
      { backend: {} },
      [`${at}.backend: Invalid value: "": resource or service backend is required`],
    ],
    [
      'to a nameless service without a port',
      { backend: { service: { name: '' } } },
      [
        `${at}.backend.service.name: Required value`,
        `${at}.backend: Required value: port name or number is required`,
      ],
    ],
    [
      'to a port by name and number',
      { backend: { service: { name: 'a', port: { name: 'http', number: 80 } } } },
      [`${at}.backend: Invalid value: "": cannot set both port name & port number`],
    ],
    [
      'to both a service and a resource',
      { backend: { ...backend, resource: { kind: 'Bucket', name: 'a' } } },
      [`${at}.backend: Invalid value: "": cannot set both resource and service backends`],
    ],
    [
      'to a resource without a name',
      { backend: { resource: { kind: '', name: '' } } },
      [
        `${at}.backend.resource.kind: Required value: kind is required`,
        `${at}.backend.resource.name: Required value: name is required`,
      ],
    ],
  ])('take no path that is %s', (_name, path, errors) => {
    expect(createErrors(ingressKind, withPath(path))).toEqual(errors);
  });

  it('answer for host names, not addresses, and know wildcards', () => {
    const hosts = ['*.example.com', '10.0.0.1'];
    expect(
      createErrors(
        ingressKind,
        ingress({
          rules: hosts.map((host) => ({ host })),
          tls: [{ hosts: ['*.a.b', '*'], secretName: 'a' }],
        }),
      ).map((text) => text.replace(/(a wildcard DNS-1123 subdomain).*/, '$1 …')),
    ).toEqual([
      'spec.rules[1].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
      'spec.tls[0].hosts[1]: Invalid value: "*": a wildcard DNS-1123 subdomain …',
    ]);
  });

  it('name one class, by field or by annotation', () => {
    const annotations = { 'kubernetes.io/ingress.class': 'nginx' };
    expect(
      createErrors(ingressKind, ingress({ defaultBackend: backend, ingressClassName: 'nginx' }, annotations)),
    ).toEqual([]);
    expect(
      createErrors(ingressKind, ingress({ defaultBackend: backend, ingressClassName: 'other' }, annotations)),
    ).toEqual([
      'annotations.kubernetes.io/ingress.class: Invalid value: "nginx": must match `ingressClassName` when both are specified',
    ]);
  });

  it('show class, hosts, addresses and ports', () => {
    const spec = {
      rules: ['a', 'b', 'c', 'd'].map((host) => ({ host })),
      tls: [{}],
      ingressClassName: 'nginx',
    };
    const status = { loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { hostname: 'lb.example' }] } };
    expect(row(ingressKind.columns, { ...ingress(spec), status })).toEqual({
      Name: 'a',
      Class: 'nginx',
      Hosts: 'a,b,c + 1 more...',
      Address: '10.0.0.2,lb.example',
      Ports: '80, 443',
      Age: null,
    });
    expect(row(ingressKind.columns, ingress({}))).toMatchObject({ Class: '<none>', Hosts: '*', Ports: '80' });
  });
});

describe('ingress classes', () => {
  const ofClass = (spec: IngressClass['spec']): IngressClass => ({
    metadata: { name: 'a' },
    ...(spec && { spec }),
  });

  it('name a controller by a path with a domain, for good', () => {
    expect(createErrors(ingressClassKind, ofClass({ controller: 'example.com/a' }))).toEqual([]);
    expect(createErrors(ingressClassKind, ofClass({}))).toEqual(['spec.controller: Required value']);
    expect(createErrors(ingressClassKind, ofClass({ controller: 'nginx' }))).toEqual([
      'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
    ]);
    expect(
      updateErrors(ingressClassKind, ofClass({ controller: 'a.b/c' }), ofClass({ controller: 'a.b/d' })),
    ).toEqual(['spec.controller: Invalid value: "a.b/c": field is immutable']);
  });

  it('find their parameters in the cluster unless told otherwise', () => {
    const parameters = { kind: 'Settings', name: 'a' };
    expect(
      defaulted(ingressClassKind, ofClass({ controller: 'a.b/c', parameters })).spec?.parameters,
    ).toEqual({
      ...parameters,
      scope: 'Cluster',
    });
    const errorsOf = (more: object) =>
      createErrors(
        ingressClassKind,
        ofClass({ controller: 'a.b/c', parameters: { ...parameters, ...more } }),
      );
    expect(errorsOf({ namespace: 'b' })).toEqual([
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ]);
    expect(errorsOf({ scope: 'Namespace' })).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
    expect(errorsOf({ scope: 'Galaxy' })).toEqual([
      'spec.parameters.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespace"',
    ]);
  });
});

describe('network policies', () => {
  const policy = (spec: Partial<NonNullable<NetworkPolicy['spec']>>): NetworkPolicy => ({
    metadata: { name: 'a', namespace: 'b' },
    spec: { podSelector: {}, ...spec },
  });

  it('mean incoming traffic, and outgoing traffic as soon as they speak of it', () => {
    expect(defaulted(networkPolicyKind, policy({ ingress: [{ ports: [{ port: 80 }] }] })).spec).toEqual({
      podSelector: {},
      ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }],
      policyTypes: ['Ingress'],
    });
    expect(defaulted(networkPolicyKind, policy({ egress: [{}] })).spec?.policyTypes).toEqual([
      'Ingress',
      'Egress',
    ]);
  });

  it.each<[string, NonNullable<NetworkPolicy['spec']>['ingress'], string[]]>([
    [
      'ports beyond what there is',
      [{ ports: [{ port: 0 }] }],
      ['spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      'ranges that end before they begin',
      [{ ports: [{ port: 90, endPort: 80 }] }],
      ['spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`'],
    ],
    [
      'ranges of names',
      [{ ports: [{ port: 'http', endPort: 80 }] }],
      [
        'spec.ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is non-numeric',
      ],
    ],
    [
      'ranges of nothing',
      [{ ports: [{ endPort: 80 }] }],
      [
        'spec.ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is not specified',
      ],
    ],
    [
      'unknown protocols',
      [{ ports: [{ protocol: 'ICMP' }] }],
      [
        'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
      ],
    ],
    ['empty peers', [{ from: [{}] }], ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      'peers by address and label',
      [{ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }],
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    [
      'exceptions from outside',
      [
        {
          from: [
            {
              ipBlock: {
                cidr: '10.1.0.0/16',
                except: ['10.1.2.0/24', '10.2.0.0/24', '10.1.0.0/16', 'x'],
              } as never,
            },
          ],
        },
      ],
      [
        'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.2.0.0/24": must be a strict subset of `cidr`',
        'spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: "10.1.0.0/16": must be a strict subset of `cidr`',
        'spec.ingress[0].from[0].ipBlock.except[3]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
  ])('refuse %s', (_name, ingressRules, errors) => {
    expect(
      createErrors(networkPolicyKind, policy({ ...(ingressRules && { ingress: ingressRules }) })),
    ).toEqual(errors);
  });

  it('are of two types at most', () => {
    expect(createErrors(networkPolicyKind, policy({ policyTypes: ['Ingress', 'Sideways'] }))).toEqual([
      'spec.policyTypes[1]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
    ]);
    expect(
      createErrors(networkPolicyKind, policy({ policyTypes: ['Ingress', 'Egress', 'Ingress'] })),
    ).toEqual([
      'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ]);
  });
});

describe('IP addresses', () => {
  const parentRef = { group: '', resource: 'services', namespace: 'default', name: 'kubernetes' };
  const address = (name: string, ref: object | undefined = parentRef): IPAddress => ({
    metadata: { name },
    spec: { parentRef: ref } as never,
  });

  it('are named by what they are, in canonical form', () => {
    expect(createErrors(ipAddressKind, address('10.96.0.1'))).toEqual([]);
    expect(createErrors(ipAddressKind, address('fd00::1'))).toEqual([]);
    expect(createErrors(ipAddressKind, address('fd00:0::1'))).toEqual([
      'metadata.name: Invalid value: "fd00:0::1": must be in canonical form ("fd00::1")',
    ]);
    expect(createErrors(ipAddressKind, address('web'))).toEqual([
      'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
  });

  it('belong to something, for good', () => {
    expect(createErrors(ipAddressKind, { metadata: { name: '10.0.0.1' }, spec: {} as never })).toEqual([
      'spec.parentRef: Required value',
    ]);
    expect(createErrors(ipAddressKind, address('10.0.0.1', { name: 'a/b' }))).toEqual([
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Invalid value: "a/b": may not contain \'/\'',
    ]);
    expect(
      updateErrors(ipAddressKind, address('10.0.0.1', { ...parentRef, name: 'other' }), address('10.0.0.1')),
    ).toHaveLength(1);
    expect(row(ipAddressKind.columns, address('10.0.0.1')).ParentRef).toBe('services/default/kubernetes');
  });
});

describe('service CIDRs', () => {
  const range = (...cidrs: string[]): ServiceCIDR => ({ metadata: { name: 'a' }, spec: { cidrs } });

  it.each<[string[], string[]]>([
    [['10.0.0.0/16'], []],
    [['10.0.0.0/16', 'fd00::/64'], []],
    [[], ['spec.cidrs: Required value: at least one CIDR required']],
    [
      ['10.0.0.1/16'],
      ['spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length'],
    ],
    [
      ['fd00:0::/64'],
      ['spec.cidrs[0]: Invalid value: "fd00:0::/64": must be in canonical form ("fd00::/64")'],
    ],
    [
      ['10.0.0.0/16', '10.1.0.0/16'],
      [
        'spec.cidrs: Invalid value: {"cidrs":["10.0.0.0/16","10.1.0.0/16"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
  ])('of %j', (cidrs, errors) => {
    expect(createErrors(serviceCidrKind, range(...cidrs))).toEqual(errors);
  });

  it('may get a second family, and change in no other way', () => {
    expect(updateErrors(serviceCidrKind, range('10.0.0.0/16', 'fd00::/64'), range('10.0.0.0/16'))).toEqual(
      [],
    );
    expect(updateErrors(serviceCidrKind, range('10.1.0.0/16', 'fd00::/64'), range('10.0.0.0/16'))).toEqual([
      'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
    ]);
    expect(updateErrors(serviceCidrKind, range('10.1.0.0/16'), range('10.0.0.0/16'))).toEqual([
      'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
    ]);
    expect(updateErrors(serviceCidrKind, range('10.0.0.0/16'), range('10.0.0.0/16', 'fd00::/64'))).toEqual([
      'spec.cidrs: Invalid value: ["10.0.0.0/16"]: field is immutable',
    ]);
  });
});

describe('canonical addresses', () => {
  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['FE80::ABC', 'fe80::abc'],
  ])('%s is %s', (text, canonical) => {
    const complaints = checkStrictIp('ip', text).map(({ message }) => message);
    expect(complaints).toEqual(
      text === canonical ? [] : [`Invalid value: "${text}": must be in canonical form ("${canonical}")`],
    );
  });

  it('have no disguised IPv4 addresses among them', () => {
    expect(checkStrictIp('ip', '::ffff:10.0.0.1')[0]?.message).toContain(
      'must not be an IPv4-mapped IPv6 address',
    );
    expect(checkStrictCidr('ip', '::ffff:10.0.0.0/112')[0]?.message).toContain(
      'must not have an IPv4-mapped',
    );
    expect(ipText([10, 0, 0, 1])).toBe('10.0.0.1');
  });
});
