import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { DeviceClass, ResourceClaim, ResourceSlice } from '../wire.ts';
import { deviceClassKind } from './device-class/kind.ts';
import { resourceClaimKind } from './resource-claim/kind.ts';
import { resourceClaimTemplateKind } from './resource-claim-template/kind.ts';
import { resourceSliceKind } from './resource-slice/kind.ts';

type Devices = NonNullable<ResourceClaim['spec']['devices']>;
type Request = NonNullable<Devices['requests']>[number];

const gpu: Request = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } };
const claim = (devices: Devices, fields: Partial<ResourceClaim> = {}): ResourceClaim => ({
  metadata: { name: 'a', namespace: 'b' },
  spec: { devices },
  ...fields,
});
const short = (texts: readonly string[]) =>
  texts.map((text) =>
    text.replace(/(a lowercase RFC 1123 (label|subdomain)|a valid C identifier).*/, '$1 …'),
  );

describe('resource claims', () => {
  it('ask for one device unless told otherwise', () => {
    const alternatives = { name: 'any', firstAvailable: [{ name: 'large', deviceClassName: 'l' }] };
    expect(
      defaulted(resourceClaimKind, claim({ requests: [gpu, alternatives] })).spec.devices?.requests,
    ).toEqual([
      {
        name: 'gpu',
        exactly: { deviceClassName: 'gpu.example.com', allocationMode: 'ExactCount', count: 1 },
      },
      {
        name: 'any',
        firstAvailable: [{ name: 'large', deviceClassName: 'l', allocationMode: 'ExactCount', count: 1 }],
      },
    ]);
    expect(createErrors(resourceClaimKind, claim({ requests: [gpu, alternatives] }))).toEqual([]);
  });

  it.each<[string, Request, string[]]>([
    [
      'for nothing',
      { name: 'gpu' },
      ['spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required'],
    ],
    [
      'in two ways',
      { ...gpu, firstAvailable: [{ name: 'a', deviceClassName: 'l' }] },
      [
        'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      ],
    ],
    [
      'for all of them, and for two',
      { name: 'gpu', exactly: { deviceClassName: '', allocationMode: 'All', count: 2 } },
      [
        'spec.devices.requests[0].exactly.deviceClassName: Required value',
        `spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
      ],
    ],
    [
      'without an expression, tolerating nonsense',
      {
        name: 'gpu',
        exactly: {
          deviceClassName: 'a',
          selectors: [{}],
          tolerations: [{ operator: 'Exists', value: 'x', effect: 'Sing' }],
        },
      },
      [
        'spec.devices.requests[0].exactly.selectors[0].cel: Required value',
        'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "x": must be empty for operator `Exists`',
        'spec.devices.requests[0].exactly.tolerations[0].effect: Unsupported value: "Sing": supported values: "NoExecute", "NoSchedule", "None"',
      ],
    ],
  ])('do not ask %s', (_name, request, errors) => {
    expect(createErrors(resourceClaimKind, claim({ requests: [request] }))).toEqual(errors);
  });

  it('speak of requests that they make, by name', () => {
    const devices: Devices = {
      requests: [gpu, gpu],
      constraints: [{ requests: ['gpu', 'nic'], matchAttribute: 'numa' }, {}],
      config: [{ requests: ['a/b/c'], opaque: { driver: '', parameters: [] } }],
    };
    expect(short(createErrors(resourceClaimKind, claim(devices)))).toEqual([
      'spec.devices.requests[1]: Duplicate value: "gpu"',
      `spec.devices.constraints[0].requests[1]: Invalid value: "nic": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      'spec.devices.constraints[0].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
      'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      `spec.devices.config[0].requests[0]: Invalid value: "a/b/c": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      'spec.devices.config[0].opaque.driver: Required value',
      'spec.devices.config[0].opaque.driver: Invalid value: "": a lowercase RFC 1123 subdomain …',
      'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ]);
  });

  it('never change what they ask for; neither do their templates', () => {
    expect(updateErrors(resourceClaimKind, claim({ requests: [gpu] }), claim({}))).toHaveLength(1);
    expect(
      updateErrors(
        resourceClaimTemplateKind,
        { spec: { spec: { devices: { requests: [gpu] } } } },
        { spec: { spec: {} } },
      ),
    ).toHaveLength(1);
  });

  it('are allocated once, to consumers that have an identity', () => {
    const results = [{ request: 'gpu', driver: 'gpu.example.com', pool: 'worker', device: 'gpu-0' }];
    const status: ResourceClaim['status'] = { allocation: { devices: { results } } };
    const before = claim({ requests: [gpu] });
    const check = resourceClaimKind.strategy.validateStatusUpdate;
    const textsOf = (now: ResourceClaim, old = before) =>
      check?.(now, old).map(({ field, message }) => `${field}: ${message}`);
    expect(textsOf({ ...before, status })).toEqual([]);
    expect(
      textsOf({ ...before, status: { reservedFor: [{ resource: 'pods', name: 'web', uid: '' }] } }),
    ).toEqual([
      'status.reservedFor[0].uid: Required value',
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ]);
    const other: ResourceClaim['status'] = { allocation: { devices: { results: [] } } };
    expect(textsOf({ ...before, status: other }, { ...before, status })).toEqual([
      'status.allocation: Invalid value: {"devices":{"results":[]}}: field is immutable',
    ]);
  });

  it('show their state', () => {
    const used: ResourceClaim['status'] = {
      allocation: {},
      reservedFor: [{ resource: 'pods', name: 'web', uid: '1' }],
    };
    expect(row(resourceClaimKind.columns, claim({})).State).toBe('pending');
    expect(row(resourceClaimKind.columns, claim({}, { status: used })).State).toBe('allocated,reserved');
    const metadata = { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(row(resourceClaimKind.columns, claim({}, { metadata })).State).toBe('deleted');
  });
});

describe('device classes', () => {
  it('select and configure devices', () => {
    const spec: DeviceClass['spec'] = { selectors: [{ cel: { expression: 'true' } }], config: [{}] };
    expect(createErrors(deviceClassKind, { spec })).toEqual(['spec.config[0].opaque: Required value']);
  });
});

describe('resource slices', () => {
  const slice = (fields: Partial<ResourceSlice['spec']>): ResourceSlice => ({
    metadata: { name: 'a' },
    spec: {
      driver: 'gpu.example.com',
      pool: { name: 'worker', generation: 1, resourceSliceCount: 1 },
      nodeName: 'worker',
      ...fields,
    },
  });

  it('say in one way where their devices are', () => {
    const text =
      'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
    expect(createErrors(resourceSliceKind, slice({}))).toEqual([]);
    expect(createErrors(resourceSliceKind, slice({ nodeName: '' }))).toEqual([
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      `spec: Required value: ${text}`,
    ]);
    expect(createErrors(resourceSliceKind, slice({ allNodes: true }))).toEqual([
      `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${text}, but multiple fields are set`,
    ]);
  });

  it('list each device once, with attributes of one value each', () => {
    const devices = [
      {
        name: 'gpu-0',
        attributes: {
          model: { string: 'x' },
          version: { version: '1.2' },
          'a/': {},
          two: { bool: true, string: 'x' },
        },
      },
      { name: 'gpu-0' },
    ];
    expect(short(createErrors(resourceSliceKind, slice({ devices })))).toEqual([
      'spec.devices[0].attributes[version].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0',
      'spec.devices[0].attributes[a/]: Invalid value: "": the name must not be empty',
      'spec.devices[0].attributes[a/]: Invalid value: "": exactly one value must be specified',
      'spec.devices[0].attributes[two]: Invalid value: {"bool":true,"string":"x"}: exactly one value must be specified',
      'spec.devices[1]: Duplicate value: "gpu-0"',
    ]);
  });

  it('stay with their driver, pool and node', () => {
    expect(updateErrors(resourceSliceKind, slice({ nodeName: 'other' }), slice({}))).toEqual([
      'spec.nodeName: Invalid value: "other": field is immutable',
    ]);
    expect(row(resourceSliceKind.columns, slice({}))).toEqual({
      Name: 'a',
      Node: 'worker',
      Driver: 'gpu.example.com',
      Pool: 'worker',
      Age: null,
    });
  });
});
