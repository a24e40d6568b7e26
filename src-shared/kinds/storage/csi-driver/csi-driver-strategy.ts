import { duplicate, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkOptionalOneOf } from '../../validation.ts';
import type { CSIDriver } from '../../wire.ts';

type Spec = NonNullable<Unchecked<CSIDriver>['spec']>;

const modes = ['Persistent', 'Ephemeral'];
const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const minTokenSeconds = 600;
const maxTokenSeconds = 2 ** 32;
const minUpdateSeconds = 10;

export const csiDriverStrategy: Strategy<CSIDriver> = {
  defaults({ spec }) {
    if (!spec) return;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate: ({ spec = {} as Spec }) => [
    ...needed('spec.attachedRequired', spec.attachRequired),
    ...needed('spec.podInfoOnMount', spec.podInfoOnMount),
    ...needed('spec.storageCapacity', spec.storageCapacity),
    ...checkOptionalOneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, groupPolicies),
    ...checkTokens('spec.tokenRequests', spec.tokenRequests ?? []),
    ...(spec.volumeLifecycleModes ?? [])
      .filter((mode) => !modes.includes(mode))
      .map((mode) => notSupported('spec.volumeLifecycleModes', mode, modes)),
    ...needed('spec.seLinuxMount', spec.seLinuxMount),
    ...checkUpdatePeriod('spec.nodeAllocatableUpdatePeriodSeconds', spec.nodeAllocatableUpdatePeriodSeconds),
  ],
  validateUpdate: ({ spec }, old) => [
    ...validateImmutable(spec?.attachRequired, old.spec?.attachRequired, 'spec.attachedRequired'),
    ...validateImmutable(
      spec?.volumeLifecycleModes,
      old.spec?.volumeLifecycleModes,
      'spec.volumeLifecycleModes',
    ),
  ],
};

function needed(field: string, value: boolean | undefined): FieldError[] {
  return value === undefined ? [required(field)] : [];
}

function checkTokens(field: string, requests: NonNullable<Spec['tokenRequests']>): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, index) => {
    const at = `${field}[${index}]`;
    if (audiences.has(audience)) return [duplicate(`${at}.audience`, audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    if (seconds < minTokenSeconds) {
      const text = 'may not specify a duration less than 10 minutes';
      return [invalid(`${at}.expirationSeconds`, seconds, text)];
    }
    if (seconds <= maxTokenSeconds) return [];
    return [
      invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'),
    ];
  });
}

function checkUpdatePeriod(field: string, seconds: number | undefined): FieldError[] {
  if (seconds === undefined || seconds >= minUpdateSeconds) return [];
  return [invalid(field, seconds, 'must be greater than or equal to 10 seconds')];
}
