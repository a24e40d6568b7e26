import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, updateErrors } from '../../testing.ts';
import type { IngressClass } from '../../wire.ts';
import { ingressClassKind } from './kind.ts';

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
