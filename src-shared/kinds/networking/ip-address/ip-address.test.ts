import { describe, expect, it } from 'vitest';
import { createErrors, row, updateErrors } from '../../testing.ts';
import type { IPAddress } from '../../wire.ts';
import { ipAddressKind } from './kind.ts';

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
