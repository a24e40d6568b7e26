import { describe, expect, it } from 'vitest';
import { createErrors, updateErrors } from '../../testing.ts';
import type { EndpointSlice } from '../../wire.ts';
import { endpointSliceKind as kind } from './kind.ts';

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

const slice = (endpoint: Partial<Endpoint>, rest: Partial<EndpointSlice> = {}): EndpointSlice => ({
  metadata: { name: 'web-1' },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
  ...rest,
});
const named = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({ name: name(index) }));
const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, '']));

describe('an endpoint slice', () => {
  it.each<[string, EndpointSlice, string[]]>([
    [
      'fit for zones and nodes',
      slice({ hints: { forZones: named(8, (i) => `Zone_${i}`), forNodes: named(8, (i) => `node-${i}`) } }),
      [],
    ],
    [
      'with hints that name nothing, twice',
      slice({ hints: { forZones: named(2, () => 'a b'), forNodes: named(1, () => 'Node_1') } }),
      [
        'endpoints[0].hints.forZones[0].name: Invalid value: "a b": a valid label must be',
        'endpoints[0].hints.forZones[1].name: Duplicate value: "a b"',
        'endpoints[0].hints.forZones[1].name: Invalid value: "a b": a valid label must be',
        'endpoints[0].hints.forNodes[0].name: Invalid value: "Node_1": a lowercase RFC 1123 subdomain must',
      ],
    ],
    [
      'with too many hints',
      slice({ hints: { forZones: named(9, () => 'a'), forNodes: named(9, () => 'a') } }),
      [
        'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
        'endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items',
      ],
    ],
    [
      'with too many labels, and a zone among them',
      slice({ deprecatedTopology: { ...labels(16), 'topology.kubernetes.io/zone': 'a' } }),
      [
        'endpoints[0].deprecatedTopology: Too many: 17: must have at most 16 items',
        'endpoints[0].deprecatedTopology[topology.kubernetes.io/zone]: Internal error: reserved key was not removed in conversion',
      ],
    ],
    [
      'with ports that are called alike, whatever their numbers',
      slice(
        {},
        { ports: [{ port: 0 }, { port: 70_000 }, { name: 'A', protocol: 'ICMP', appProtocol: 'a b' }] },
      ),
      [
        'ports[1].name: Duplicate value: ""',
        'ports[2].name: Invalid value: "A"',
        'ports[2].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        'ports[2].appProtocol: Invalid value: "a b"',
      ],
    ],
    [
      'with addresses that are none of its family',
      slice({ addresses: ['::1', '127.0.0.1', 'x'], nodeName: 'N', hostname: 'a.b' }),
      [
        'endpoints[0].addresses[0]: Invalid value: "::1"',
        'endpoints[0].addresses[0]: Invalid value: "::1"',
        'endpoints[0].addresses[1]: Invalid value: "127.0.0.1"',
        'endpoints[0].addresses[2]: Invalid value: "x"',
        'endpoints[0].nodeName: Invalid value: "N"',
        'endpoints[0].hostname: Invalid value: "a.b"',
      ],
    ],
  ])('%s', (_, object, texts) => {
    expect(createErrors(kind, object)).toEqual(texts.map((text) => expect.stringContaining(text)));
  });

  it('keeps its family', () => {
    const named = slice({ addresses: ['web.example.com'] }, { addressType: 'FQDN' });
    expect(updateErrors(kind, named, slice({}))).toEqual([
      'addressType: Invalid value: "FQDN": field is immutable',
    ]);
  });
});
