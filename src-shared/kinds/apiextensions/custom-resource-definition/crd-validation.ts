import { forbidden, immutable, invalid, required } from '../../../api/field-errors.ts';
import { dns1035LabelErrors, dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkReviewVersions, checkWebhookClient } from '../../admissionregistration/webhook-client.ts';
import { checkOneOf, invalidEach } from '../../validation.ts';
import { approvalAnnotation, approvalOf } from './approval.ts';
import { type CrdNames, type CrdVersion, isConditionTrue, schemaOf, type UncheckedCrd } from './names.ts';
import { validateVersionParts } from './version-parts-validation.ts';

type Version = Unchecked<CrdVersion>;
type Names = Unchecked<CrdNames>;

/** Every complaint about a new definition, all at once. Rules in CEL are compiled by the server, for it runs them. */
export function validateCrd(crd: UncheckedCrd): FieldError[] {
  return [...validateName(crd), ...validateSpec(crd), ...approvalErrors(crd, undefined)];
}

/** Complaints about a changed definition. One whose spec stays as it is was valid when it was written. */
export function validateCrdUpdate(crd: UncheckedCrd, old: UncheckedCrd): FieldError[] {
  const isChanged = !jsonEqual(crd.spec ?? null, old.spec ?? null);
  return [
    ...(isChanged ? [...validateSpec(crd), ...fixedErrors(crd, old), ...storedErrors(crd)] : []),
    ...approvalErrors(crd, old),
  ];
}

function validateName({ metadata, spec }: UncheckedCrd): FieldError[] {
  const name = metadata?.name ?? '';
  if (name === `${spec?.names?.plural ?? ''}.${spec?.group ?? ''}`) return [];
  return [invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

function validateSpec(crd: UncheckedCrd): FieldError[] {
  const { names = {}, group, scope, preserveUnknownFields } = crd.spec ?? {};
  const noPreserving =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [
    ...validateGroup(group ?? ''),
    ...checkOneOf('spec.scope', scope, ['Cluster', 'Namespaced']),
    ...validateVersions(crd),
    ...missingNames(names),
    ...validateNames(names, 'spec.names'),
    ...validateVersionParts(crd),
    ...validateConversion(crd),
    ...(preserveUnknownFields ? [invalid('spec.preserveUnknownFields', true, noPreserving)] : []),
  ];
}

/** What objects hang on. */
function fixedErrors({ spec }: UncheckedCrd, old: UncheckedCrd): FieldError[] {
  const then = old.spec;
  const fixed: [string, string | undefined, string | undefined][] = [
    ['spec.group', spec?.group, then?.group],
    ['spec.names.plural', spec?.names?.plural, then?.names?.plural],
  ];
  if (isConditionTrue(old, 'Established'))
    fixed.push(
      ['spec.scope', spec?.scope, then?.scope],
      ['spec.names.kind', spec?.names?.kind, then?.names?.kind],
    );
  return fixed.flatMap(([field, value, before]) => (value === before ? [] : [immutable(field, value ?? '')]));
}

/** Versions in which objects may still lie in the store stay. */
function storedErrors({ spec, status }: UncheckedCrd): FieldError[] {
  return (status?.storedVersions ?? []).flatMap((version, i) => {
    if (spec?.versions?.some(({ name }) => name === version)) return [];
    const text = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    return [invalid(`status.storedVersions[${i}]`, version, text)];
  });
}

function validateGroup(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const texts = dnsSubdomainErrors(group);
  if (texts.length > 0) return [invalid('spec.group', group, texts.join(','))];
  return group.includes('.')
    ? []
    : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}

/** Groups of the Kubernetes community are for APIs that were reviewed, or say that they were not. */
function approvalErrors(crd: UncheckedCrd, old: UncheckedCrd | undefined): FieldError[] {
  const approval = approvalOf(crd);
  if (!approval || (old && approvalOf(old)?.state === approval.state)) return [];
  const field = `metadata.annotations[${approvalAnnotation}]`;
  switch (approval.state) {
    case 'missing':
      return [required(field, approval.text)];
    case 'invalid':
      return [invalid(field, crd.metadata?.annotations?.[approvalAnnotation] ?? '', approval.text)];
    default:
      return [];
  }
}

function validateVersions(crd: UncheckedCrd): FieldError[] {
  const versions = crd.spec?.versions ?? [];
  const errors = versions.flatMap((version, i) => validateVersion(version, `spec.versions[${i}]`));
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    errors.push(invalid('spec.versions', versions, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(
      invalid('spec.versions', versions, 'must have exactly one version marked as storage version'),
    );
  return errors;
}

function validateVersion(version: Version, field: string): FieldError[] {
  const texts = dns1035LabelErrors(version.name ?? '');
  return [
    ...(schemaOf(version) ? [] : [required(`${field}.schema.openAPIV3Schema`)]),
    ...(texts.length > 0 ? [invalid(`${field}.name`, version.name ?? '', texts.join(','))] : []),
    ...invalidEach(
      `${field}.deprecationWarning`,
      version.deprecationWarning ?? '',
      deprecationTexts(version),
    ),
  ];
}

const maxDeprecationBytes = 256;

function deprecationTexts({ deprecated, deprecationWarning: text }: Version): string[] {
  if (text === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const texts: string[] = [];
  if (utf8Length(text) > maxDeprecationBytes) texts.push(`must be <= ${maxDeprecationBytes} characters long`);
  if (text === '') texts.push('must not be an empty string');
  const odd = /(?! )[\p{C}\p{Z}]/u.exec(text);
  if (odd) {
    const at = utf8Length(text.slice(0, odd.index));
    texts.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`);
  }
  return texts;
}

/** What only a spec must have. */
function missingNames(names: Names): FieldError[] {
  return (['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) =>
    names[name] ? [] : [required(`spec.names.${name}`)],
  );
}

/** `names` of a spec or what a status calls accepted. */
export function validateNames(names: Names, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: string, value = '', isKind = false) => {
    const texts = value === '' ? [] : dns1035LabelErrors(isKind ? value.toLowerCase() : value);
    if (texts.length === 0) return;
    const text = `${isKind ? 'may have mixed case, but should otherwise match: ' : ''}${texts.join(',')}`;
    errors.push(invalid(`${field}.${name}`, value, text));
  };
  check('plural', names.plural);
  check('singular', names.singular);
  check('kind', names.kind, true);
  check('listKind', names.listKind, true);
  for (const list of ['shortNames', 'categories'] as const) {
    for (const [i, name] of (names[list] ?? []).entries()) {
      const texts = dns1035LabelErrors(name);
      if (texts.length > 0) errors.push(invalid(`${field}.${list}[${i}]`, name, texts.join(',')));
    }
  }
  if (names.kind && names.kind === names.listKind)
    errors.push(invalid(`${field}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  return errors;
}

function validateConversion({ spec }: UncheckedCrd): FieldError[] {
  const conversion = spec?.conversion;
  const field = 'spec.conversion';
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const client = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const clientField = `${field}.webhookClientConfig`;
  const versionsField = `${field}.conversionReviewVersions`;
  const errors = checkOneOf(`${field}.strategy`, strategy, ['None', 'Webhook']);
  if (strategy !== 'Webhook') {
    const text = 'should not be set when strategy is not set to Webhook';
    if (client) errors.push(forbidden(clientField, text));
    if (versions.length > 0) errors.push(forbidden(versionsField, text));
    return errors;
  }
  if (client) errors.push(...checkWebhookClient(clientField, client));
  else errors.push(required(clientField, 'required when strategy is set to Webhook'));
  return [...errors, ...checkReviewVersions(versionsField, versions, '')];
}
