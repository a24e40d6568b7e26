import { describe, expect, it } from 'vitest';
import { createErrors } from '../../testing.ts';
import type { Pod, PodSpec, PodStatus } from '../../wire.ts';
import { serviceKind } from '../service/kind.ts';
import { podKind } from './kind.ts';

const pod = (spec: Partial<PodSpec>): Pod => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'web:1' }], ...spec },
});

describe('a pod', () => {
  it.each<[string, Partial<PodSpec>, string[]]>([
    ['a claim', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'mine' }] }, []],
    [
      'claims of no sense',
      {
        resourceClaims: [
          { name: '', resourceClaimName: 'a' },
          { name: 'gpu' },
          { name: 'gpu', resourceClaimName: 'a', resourceClaimTemplateName: 'b' },
        ],
      },
      [
        'spec.resourceClaims[0].name: Required value',
        'spec.resourceClaims[1]: Invalid value: {"name":"gpu"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
        'spec.resourceClaims[2].name: Duplicate value: "gpu"',
        'spec.resourceClaims[2]: Invalid value: {"name":"gpu","resourceClaimName":"a","resourceClaimTemplateName":"b"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
      ],
    ],
    ['a name for its host', { hostnameOverride: 'db.example.com' }, []],
    [
      'a name for the node itself',
      { hostnameOverride: `${'a'.repeat(60)}.toolong`, hostNetwork: true },
      [
        'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
        'spec.hostnameOverride: Too long: may not be more than 64 bytes',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(podKind, pod(spec))).toEqual(expected);
  });

  it('has a status about its own claims and generations', () => {
    const status: PodStatus = {
      observedGeneration: -1,
      conditions: [{ type: 'not a type!', status: 'True', observedGeneration: -2 }],
      resourceClaimStatuses: [{ name: 'gpu' }, { name: 'gpu' }, { name: 'other' }],
    };
    const before = pod({ resourceClaims: [{ name: 'gpu', resourceClaimName: 'mine' }] });
    const errors = podKind.strategy.validateStatusUpdate?.({ ...before, status }, before);
    expect(errors?.map(({ type, field }) => `${type} ${field}`)).toEqual([
      'FieldValueInvalid status.conditions[0].observedGeneration',
      'FieldValueInvalid status.conditions[0].Type',
      'FieldValueInvalid status.observedGeneration',
      'FieldValueDuplicate status.resourceClaimStatuses[1].name',
      'FieldValueInvalid status.resourceClaimStatuses[2].name',
    ]);
  });
});

describe('a service', () => {
  it('is checked in its annotations as well', () => {
    const annotations = {
      'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8, nowhere',
      'service.kubernetes.io/topology-mode': 'Auto',
      'service.kubernetes.io/topology-aware-hints': 'Disabled',
    };
    const service = {
      metadata: { name: 'web', namespace: 'default', annotations },
      spec: { ports: [{ port: 80 }], clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] },
    };
    expect(createErrors(serviceKind, service)).toEqual([
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
      "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'",
      'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "nowhere": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ]);
  });
});
