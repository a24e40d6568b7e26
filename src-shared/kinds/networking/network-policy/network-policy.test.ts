import { describe, expect, it } from 'vitest';
import { createErrors, defaulted } from '../../testing.ts';
import type { NetworkPolicy } from '../../wire.ts';
import { networkPolicyKind } from './kind.ts';

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
