import { invalid, required, tooLong } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { Json, Unchecked } from '../../lib/types.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { checkDriverName } from '../core/persistent-volume/volume-source-validation.ts';
import { checkDnsLabel } from '../validation.ts';
import type { ResourceClaim } from '../wire.ts';
import { checkRequests } from './device-request-validation.ts';
import { checkFullAttributeName, checkItems, checkSet } from './list-validation.ts';

export type DeviceClaim = Unchecked<NonNullable<ResourceClaim['spec']['devices']>>;

const maxItems = 32;
const maxParameterBytes = 10 * 1024;
const unknownRequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** What a claim, or a template of claims, asks for. */
export function checkDeviceClaim(field: string, claim: DeviceClaim): FieldError[] {
  const known = requestNames(claim);
  return [
    ...checkRequests(`${field}.requests`, claim.requests ?? []),
    ...checkItems(`${field}.constraints`, claim.constraints ?? [], maxItems, (at, constraint) => [
      ...checkRequestNames(`${at}.requests`, constraint.requests ?? [], known),
      ...checkConstraint(at, constraint),
    ]),
    ...checkItems(`${field}.config`, claim.config ?? [], maxItems, (at, config) => [
      ...checkRequestNames(`${at}.requests`, config.requests ?? [], known),
      ...checkConfiguration(at, config),
    ]),
  ];
}

/** `gpu`, and `gpu/large` for its alternatives. */
export function requestNames({ requests = [] }: DeviceClaim): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name = '', firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((alternative) => `${name}/${alternative.name ?? ''}`),
    ]),
  );
}

/** References to requests of the claim, each once. */
export function checkRequestNames(
  field: string,
  names: readonly string[],
  known: ReadonlySet<string>,
): FieldError[] {
  return checkSet(field, names, {
    max: maxItems,
    keyOf: (name) => name,
    check: (at, name) => checkRequestName(at, name, known),
  });
}

/** A reference to a request of the claim. */
export function checkRequestName(field: string, name: string, known: ReadonlySet<string>): FieldError[] {
  const parts = name.split('/');
  if (parts.length > 2) return [invalid(field, name, unknownRequest)];
  const errors = parts.flatMap((part) => checkDnsLabel(field, part));
  return known.has(name) ? errors : [...errors, invalid(field, name, unknownRequest)];
}

function checkConstraint(
  field: string,
  { matchAttribute, distinctAttribute }: NonNullable<DeviceClaim['constraints']>[number],
): FieldError[] {
  if (matchAttribute !== undefined) {
    return checkFullAttributeName(`${field}.matchAttribute`, matchAttribute);
  }
  if (distinctAttribute !== undefined) {
    return checkFullAttributeName(`${field}.distinctAttribute`, distinctAttribute);
  }
  const text =
    'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [required(field, text)];
}

interface Configuration {
  readonly opaque?: { readonly driver?: string; readonly parameters?: unknown };
}

/** Settings that only their driver understands. */
export function checkConfiguration(field: string, { opaque }: Configuration): FieldError[] {
  if (!opaque) return [required(`${field}.opaque`)];
  const { driver = '', parameters } = opaque;
  const at = `${field}.opaque`;
  return [...checkDriverName(`${at}.driver`, driver), ...checkRaw(`${at}.parameters`, parameters)];
}

/** Any object, up to 10 KiB of it. */
export function checkRaw(field: string, value: unknown): FieldError[] {
  if (value === undefined || value === null) return [required(field)];
  if (utf8Length(JSON.stringify(value)) > maxParameterBytes) return [tooLong(field, maxParameterBytes)];
  if (isJsonObject(value as Json)) return [];
  return [invalid(field, '<value omitted>', 'must be a valid JSON object')];
}
