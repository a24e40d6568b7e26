import { forbidden, invalid, tooLong } from '../../../api/field-errors.ts';
import { configMapKeyErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { base64Length } from '../../../lib/base64.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import type { Strategy } from '../../define.ts';
import { invalidEach } from '../../validation.ts';
import type { ConfigMap } from '../../wire.ts';

/** What fits into a config map or a secret. */
export const maxDataBytes = 1024 * 1024;

export const configMapStrategy: Strategy<ConfigMap> = {
  validate({ data = {}, binaryData = {} }) {
    const errors: FieldError[] = [];
    let sizeBytes = 0;
    for (const [key, value] of Object.entries(data)) {
      errors.push(...invalidEach(`data[${key}]`, key, configMapKeyErrors(key)));
      if (Object.hasOwn(binaryData, key)) {
        errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      }
      sizeBytes += utf8Length(value);
    }
    for (const [key, value] of Object.entries(binaryData)) {
      errors.push(...invalidEach(`binaryData[${key}]`, key, configMapKeyErrors(key)));
      sizeBytes += base64Length(value);
    }
    return sizeBytes > maxDataBytes ? [...errors, tooLong('', maxDataBytes)] : errors;
  },
  validateUpdate: (map, old) => checkImmutableData(map, old, ['data', 'binaryData']),
};

interface Freezable {
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Once `immutable` is set, neither it nor the data change any more. */
export function checkImmutableData(
  now: Unchecked<Freezable>,
  old: Unchecked<Freezable>,
  keys: readonly ('data' | 'binaryData')[],
): FieldError[] {
  if (old.immutable !== true) return [];
  const text = 'field is immutable when `immutable` is set';
  const thawed = now.immutable === true ? [] : [forbidden('immutable', text)];
  const changed = keys.filter((key) => !jsonEqual(now[key] ?? {}, old[key] ?? {}));
  return [...thawed, ...changed.map((key) => forbidden(key, text))];
}
