import { invalid, required, tooLong } from '../../../api/field-errors.ts';
import { configMapKeyErrors } from '../../../api/names.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import { base64Length, decodeBase64, encodeBase64 } from '../../../lib/base64.ts';
import { isJsonObject, setOwn } from '../../../lib/json.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { invalidEach } from '../../validation.ts';
import type { Secret } from '../../wire.ts';
import { checkImmutableData, maxDataBytes } from '../config-map/config-map-strategy.ts';

type Data = Readonly<Record<string, string>>;

const serviceAccountName = 'kubernetes.io/service-account.name';

export const secretStrategy: Strategy<Secret> = {
  defaults(secret) {
    secret.type ||= 'Opaque';
    if (secret.stringData === undefined) return;
    secret.data = { ...secret.data };
    for (const [key, text] of Object.entries(secret.stringData)) setOwn(secret.data, key, encodeBase64(text));
    delete secret.stringData;
  },
  validate(secret) {
    const data = secret.data ?? {};
    const entries = Object.entries(data);
    const sizeBytes = entries.reduce((sum, [, value]) => sum + base64Length(value), 0);
    return [
      ...entries.flatMap(([key]) => invalidEach(`data[${key}]`, key, configMapKeyErrors(key))),
      ...(sizeBytes > maxDataBytes ? [tooLong('data', maxDataBytes)] : []),
      ...checkByType(secret, data),
    ];
  },
  validateUpdate: (secret, old) => [
    ...validateImmutable(secret.type, old.type, 'type'),
    ...checkImmutableData(secret, old, ['data']),
  ],
};

/** What a secret of each type must hold. https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
function checkByType(secret: Unchecked<Secret>, data: Data): FieldError[] {
  switch (secret.type) {
    case 'kubernetes.io/service-account-token': {
      const account = secret.metadata?.annotations?.[serviceAccountName];
      return account ? [] : [required(`metadata.annotations[${serviceAccountName}]`)];
    }
    case 'kubernetes.io/dockercfg':
      return checkJson('.dockercfg', data);
    case 'kubernetes.io/dockerconfigjson':
      return checkJson('.dockerconfigjson', data);
    case 'kubernetes.io/basic-auth':
      return 'username' in data || 'password' in data ? [] : missing(data, ['username', 'password']);
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return missing(data, ['tls.crt', 'tls.key']);
    default:
      return [];
  }
}

function missing(data: Data, keys: readonly string[]): FieldError[] {
  return keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`));
}

function checkJson(key: string, data: Data): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(`data[${key}]`)];
  const problem = jsonProblem(new TextDecoder().decode(decodeBase64(value)));
  return problem === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)];
}

/** Why the text is no JSON object, without repeating any of it; undefined when it is one. */
function jsonProblem(text: string): string | undefined {
  try {
    return isJsonObject(JSON.parse(text)) ? undefined : 'must be a JSON object';
  } catch {
    return 'must be valid JSON';
  }
}
