/** Checks of `metadata` that every kind shares. Texts are Kubernetes' own. */
import { jsonEqual } from '../lib/json.ts';
import type { Json, Unchecked } from '../lib/types.ts';
import { utf8Length } from '../lib/utf8.ts';
import { forbidden, immutable, invalid, notSupported, required, tooLong } from './field-errors.ts';
import { type ObjectMeta, type OwnerReference, parseApiVersion } from './meta.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  pathSegmentErrors,
  qualifiedNameErrors,
} from './names.ts';
import type { FieldError } from './status.ts';

/** What is asked of a kind: how its objects are named and whether they live in namespaces. */
export interface MetaRules {
  readonly nameRule: 'dns-subdomain' | 'dns-label' | 'path-segment';
  readonly namespaced: boolean;
}

type Meta = Unchecked<ObjectMeta>;

const annotationsLimitBytes = 256 * 1024;

/**
 * Every complaint about an object's metadata: of a new object when `creating` (names already generated), else
 * those that also hold for changed ones. See {@link validateObjectMetaUpdate} for what may not change.
 */
export function validateObjectMeta(
  kind: MetaRules,
  meta: Meta,
  options: { readonly creating: boolean },
): FieldError[] {
  const field = 'metadata';
  return [
    ...(options.creating ? validateIdentity(kind, meta, field) : []),
    ...validateLabels(meta.labels, `${field}.labels`),
    ...validateAnnotations(meta.annotations, `${field}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences ?? [], `${field}.ownerReferences`),
    ...validateFinalizers(meta.finalizers ?? [], `${field}.finalizers`),
    ...validateManagedFields(meta, `${field}.managedFields`),
  ];
}

/** What an update may not do to metadata. {@link validateObjectMeta} runs as well. */
export function validateObjectMetaUpdate(meta: Meta, old: Meta): FieldError[] {
  const errors: FieldError[] = [];
  const added = (meta.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
  if (old.deletionTimestamp !== undefined && added.length > 0) {
    const list = added
      .toSorted()
      .map((name) => JSON.stringify(name))
      .join(', ');
    const text = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
    errors.push(forbidden('metadata.finalizers', text));
  }
  if (!meta.resourceVersion)
    errors.push(invalid('metadata.resourceVersion', '', 'must be specified for an update'));
  for (const key of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if ((meta[key] ?? '') !== (old[key] ?? '')) errors.push(immutable(`metadata.${key}`, meta[key] ?? null));
  }
  return errors;
}

function validateIdentity(kind: MetaRules, meta: Meta, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const generateName = meta.generateName ?? '';
  if (generateName !== '') {
    errors.push(
      ...nameErrors(kind.nameRule, generateName, true).map((text) =>
        invalid(`${field}.generateName`, generateName, text),
      ),
    );
  }
  const name = meta.name ?? '';
  if (name === '') errors.push(required(`${field}.name`, 'name or generateName is required'));
  else
    errors.push(
      ...nameErrors(kind.nameRule, name, false).map((text) => invalid(`${field}.name`, name, text)),
    );
  const namespace = meta.namespace ?? '';
  if (!kind.namespaced) {
    if (namespace !== '') errors.push(forbidden(`${field}.namespace`, 'not allowed on this type'));
  } else if (namespace === '') errors.push(required(`${field}.namespace`));
  else
    errors.push(...dnsLabelErrors(namespace).map((text) => invalid(`${field}.namespace`, namespace, text)));
  return errors;
}

/** Complaints about a name; with `isPrefix` it may end in a dash, for something will be appended. */
export function nameErrors(rule: MetaRules['nameRule'], name: string, isPrefix: boolean): string[] {
  const checked =
    isPrefix && rule !== 'path-segment' && name.length > 1 && name.endsWith('-')
      ? `${name.slice(0, -2)}a`
      : name;
  switch (rule) {
    case 'dns-label':
      return dnsLabelErrors(checked);
    case 'path-segment':
      return pathSegmentErrors(checked, isPrefix);
    default:
      return dnsSubdomainErrors(checked);
  }
}

/** `field` is the path of the labels, e.g. `metadata.labels`. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...qualifiedNameErrors(key).map((text) => invalid(field, key, text)));
    errors.push(...labelValueErrors(value).map((text) => invalid(field, value, text)));
  }
  return errors;
}

/** Keys like label keys (case does not matter), any values, 256 KiB in all. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.push(...qualifiedNameErrors(key.toLowerCase()).map((text) => invalid(field, key, text)));
    sizeBytes += utf8Length(key) + utf8Length(value);
  }
  if (sizeBytes > annotationsLimitBytes) errors.push(tooLong(field, annotationsLimitBytes));
  return errors;
}

function validateOwnerReferences(
  references: readonly Unchecked<OwnerReference>[],
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  for (const [index, reference] of references.entries()) {
    errors.push(...validateOwnerReference(reference, `${field}[${index}]`));
    if (reference.controller !== true) continue;
    const name = `${reference.kind ?? ''}/${reference.name ?? ''}`;
    if (controller === '') controller = name;
    else {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(field, references, text));
    }
  }
  return errors;
}

function validateOwnerReference(reference: Unchecked<OwnerReference>, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const apiVersion = reference.apiVersion ?? '';
  const { group, version } = parseApiVersion(apiVersion);
  if (apiVersion === '') errors.push(required(`${field}.apiVersion`, 'must not be empty'));
  else if (version === '' || version.includes('/')) {
    errors.push(invalid(`${field}.apiVersion`, apiVersion, 'must be <group>/<version> or <version>'));
  }
  for (const key of ['kind', 'name', 'uid'] as const) {
    if (!reference[key]) errors.push(required(`${field}.${key}`, 'must not be empty'));
  }
  if (group === '' && version === 'v1' && reference.kind === 'Event') {
    errors.push(invalid(field, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[], field: string): FieldError[] {
  const errors = finalizers.flatMap((name) =>
    qualifiedNameErrors(name).map((text) => invalid(field, name, text)),
  );
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

function validateManagedFields(meta: Meta, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, entry] of (meta.managedFields ?? []).entries()) {
    const at = `${field}[${index}]`;
    if (!entry.operation) errors.push(required(`${at}.operation`, 'must not be empty'));
    else if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(notSupported(`${at}.operation`, entry.operation, ['Apply', 'Update']));
    }
    if (entry.fieldsType !== undefined && entry.fieldsType !== 'FieldsV1') {
      errors.push(invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(entry.manager ?? '', `${at}.manager`));
    if (utf8Length(entry.subresource ?? '') > 256) errors.push(tooLong(`${at}.subresource`, 256));
  }
  return errors;
}

/** Names of field managers: at most 128 bytes, printable characters. '' counts as not given. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(manager) > 128) errors.push(tooLong(field, 128));
  const bad = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(manager);
  if (bad) {
    const code = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    errors.push(invalid(field, manager, `invalid character U+${code} (at position ${bad.index})`));
  }
  return errors;
}

interface SelectorShape {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly values?: readonly string[];
  }[];
}

/** Complaints about a LabelSelector at `field`. */
export function validateLabelSelector(selector: SelectorShape | undefined, field: string): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, `${field}.matchLabels`);
  for (const [index, expression] of (selector?.matchExpressions ?? []).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    const { key = '', operator = '', values = [] } = expression;
    switch (operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0)
          errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) {
          errors.push(
            forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          );
        }
        break;
      default:
        errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    }
    errors.push(...qualifiedNameErrors(key).map((text) => invalid(`${at}.key`, key, text)));
    for (const [i, value] of values.entries()) {
      errors.push(...labelValueErrors(value).map((text) => invalid(`${at}.values[${i}]`, value, text)));
    }
  }
  return errors;
}

/** One error when `value` differs from `old`, none otherwise; for fields that never change. */
export function validateImmutable(value: unknown, old: unknown, field: string): FieldError[] {
  return jsonEqual(value as Json, old as Json) ? [] : [immutable(field, value)];
}
