import { describe, expect, it } from 'vitest';
import { created, createErrors, secondsAgo, updated } from '../testing.ts';
import type { ResourceClaim, ResourceSlice } from '../wire.ts';
import { deviceClassKind } from './device-class/kind.ts';
import { resourceClaimKind } from './resource-claim/kind.ts';
import { resourceSliceKind } from './resource-slice/kind.ts';

type Spec = ResourceSlice['spec'];
type Device = NonNullable<Spec['devices']>[number];

function slice(fields: Partial<Spec>): ResourceSlice {
  return {
    metadata: { name: 'a', creationTimestamp: secondsAgo(60) },
    spec: {
      driver: 'gpu.example.com',
      pool: { name: 'worker', generation: 1, resourceSliceCount: 1 },
      nodeName: 'worker',
      ...fields,
    },
  };
}

function deviceErrors(device: Partial<Device>, fields: Partial<Spec> = {}): string[] {
  const texts = createErrors(
    resourceSliceKind,
    slice({ devices: [{ name: 'gpu-0', ...device }], ...fields }),
  );
  return texts.map((text) => text.replace(/(must consist of|prefix part).*/, '$1 …'));
}

const at = 'spec.devices[0]';
const sizes = ['1Gi', '2Gi', '3Gi'];

describe('devices are refused', () => {
  it.each<[string, Partial<Device>, string[]]>([
    [
      'with taints that say nothing',
      {
        taints: [
          { key: 'a.b/c', effect: '' },
          { key: 'a', value: 'x', effect: 'Sing' },
        ],
      },
      [
        `${at}.taints[0].effect: Required value`,
        `${at}.taints[1].effect: Unsupported value: "Sing": supported values: "NoExecute", "NoSchedule", "None"`,
      ],
    ],
    [
      'with counters of no name, or none at all',
      {
        consumesCounters: [
          { counterSet: '', counters: { c: { value: '1' } } },
          { counterSet: 's', counters: {} },
        ],
      },
      [
        `${at}.consumesCounters[0].counterSet: Required value`,
        `${at}.consumesCounters[1].counters: Required value`,
      ],
    ],
    [
      'on nodes of their own choice',
      { nodeName: 'other' },
      [
        `${at}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
      ],
    ],
    [
      'with conditions that never fail',
      { bindingConditions: ['a', 'a'] },
      [
        `${at}.bindingConditions[1]: Duplicate value: "a"`,
        `${at}.bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions`,
      ],
    ],
    [
      'with conditions that are good and bad',
      { bindingConditions: ['a'], bindingFailureConditions: ['a'] },
      [
        `${at}.bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions`,
      ],
    ],
    [
      'with parts of what cannot be shared',
      { capacity: { memory: { value: '4Gi', requestPolicy: { default: '1Gi', validValues: sizes } } } },
      [`${at}.capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true`],
    ],
    [
      'with parts larger than the whole, and none by default',
      {
        allowMultipleAllocations: true,
        capacity: { memory: { value: '2Gi', requestPolicy: { default: '5Gi', validValues: sizes } } },
      },
      [
        `${at}.capacity[memory].requestPolicy.validValues[2]: Invalid value: "3Gi": option is larger than capacity value: 2Gi`,
        `${at}.capacity[memory].requestPolicy.validValues: Invalid value: "5Gi": default value is not valid according to the requestPolicy`,
      ],
    ],
    [
      'with a range that does not fit',
      {
        allowMultipleAllocations: true,
        capacity: {
          memory: {
            value: '4Gi',
            requestPolicy: { default: '1Gi', validRange: { min: '2Gi', max: '5Gi', step: '2Gi' } },
          },
        },
      },
      [
        `${at}.capacity[memory].requestPolicy.validRange.min: Invalid value: "1Gi": default is less than min: 2Gi`,
        `${at}.capacity[memory].requestPolicy.validRange.max: Invalid value: "5Gi": max is larger than capacity value: 4Gi`,
        `${at}.capacity[memory].requestPolicy.validRange.step: Invalid value: "1Gi": value is not a multiple of a given step (2Gi) from (2Gi)`,
        `${at}.capacity[memory].requestPolicy.validRange.step: Invalid value: "5Gi": value is not a multiple of a given step (2Gi) from (2Gi)`,
      ],
    ],
  ])('%s', (_title, device, expected) => {
    expect(deviceErrors(device)).toEqual(expected);
  });

  it('when each must choose its node and none does', () => {
    const { nodeName: _, ...spec } = slice({ perDeviceNodeSelection: true, devices: [{ name: 'a' }] }).spec;
    expect(createErrors(resourceSliceKind, { spec })).toEqual([
      'spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ]);
  });

  it('when there are too many, of which nothing else is said', () => {
    const devices = Array.from({ length: 65 }, () => ({ name: '', taints: [{ key: 'a', effect: 'None' }] }));
    expect(createErrors(resourceSliceKind, slice({ devices }))).toEqual([
      'spec.devices: Too many: 65: must have at most 64 items',
    ]);
  });

  it('beside the counters they share', () => {
    const sharedCounters = [{ name: 's', counters: { c: { value: '1' } } }];
    expect(deviceErrors({}, { sharedCounters })).toEqual([
      'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
    ]);
  });
});

describe('taints', () => {
  it('bear the time when they came', () => {
    const old = created(
      resourceSliceKind,
      slice({ devices: [{ name: 'd', taints: [{ key: 'a', effect: 'NoSchedule' }] }] }),
    );
    const now = updated(
      resourceSliceKind,
      slice({ devices: [{ name: 'd', taints: [{ key: 'a', effect: 'NoSchedule' }] }] }),
      old,
    );
    const taints = [{ key: 'a', effect: 'NoSchedule', timeAdded: secondsAgo(60) }];
    expect([old, now].map(({ spec }) => spec.devices?.[0]?.taints)).toEqual([taints, taints]);
  });
});

describe('device classes', () => {
  it('stand for extended resources', () => {
    expect(createErrors(deviceClassKind, { spec: { extendedResourceName: 'cpu' } })).toEqual([
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ]);
    expect(createErrors(deviceClassKind, { spec: { extendedResourceName: 'example.com/gpu' } })).toEqual([]);
  });
});

describe('the status of a claim', () => {
  const result = { request: 'gpu', driver: 'gpu.example.com', pool: 'worker', device: 'gpu-0' };
  const { request: _, ...named } = result;
  const claim = (status: ResourceClaim['status']): ResourceClaim => ({
    spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'c' } }] } },
    ...(status && { status }),
  });

  it('says of devices what drivers may say', () => {
    const status: ResourceClaim['status'] = {
      allocation: { devices: { results: [{ ...result, shareID: 'X' }] } },
      devices: [{ ...named, networkData: { ips: ['10.0.0.1', 'FE80::1/64', '10.0.0.1/24'] } }],
    };
    const errors = resourceClaimKind.strategy.validateStatusUpdate?.(claim(status), claim(undefined)) ?? [];
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.devices[0]: Invalid value: "gpu.example.com/worker/gpu-0": must be an allocated device in the claim',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
      'status.devices[0].networkData.ips[1]: Invalid value: "FE80::1/64": must be in canonical form ("fe80::1/64")',
      'status.allocation.devices.results[0].shareID: Invalid value: "X": uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
    ]);
  });

  it('forgets devices that are free again', () => {
    const before = claim({ allocation: { devices: { results: [result] } }, devices: [named] });
    const draft = claim({ devices: [named] });
    resourceClaimKind.strategy.prepareForStatusUpdate?.(draft, before as never);
    expect(draft.status).toEqual({});
  });
});
