import { describe, expect, it } from 'vitest';
import { createErrors, row } from '../../testing.ts';
import type { Ingress } from '../../wire.ts';
import { ingressKind } from './kind.ts';

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
      'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
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
    const rules = ['a', '', 'b', 'c'].map((host) => ({ host }));
    expect(row(ingressKind.columns, ingress({ rules }))).toMatchObject({ Hosts: 'a,b,c' });
  });
});
