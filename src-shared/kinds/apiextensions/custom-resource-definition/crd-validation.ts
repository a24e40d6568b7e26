import {
  duplicate,
  forbidden,
  immutable,
  invalid,
  notSupported,
  required,
} from '../../../api/field-errors.ts';
import { dns1035LabelErrors, dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { type CrdNames, type CrdVersion, isConditionTrue, schemaOf, type UncheckedCrd } from './names.ts';
import { validateSchema } from './schema-validation.ts';

type Version = Unchecked<CrdVersion>;

/** Every complaint about a new definition, all at once. Rules in CEL are compiled by the server, for it runs them. */
export function validateCrd(crd: UncheckedCrd): FieldError[] {
  const { spec = {} } = crd;
  const { names = {} } = spec;
  const errors: FieldError[] = [];
  if (crd.metadata?.name !== `${names.plural ?? ''}.${spec.group ?? ''}`)
    errors.push(
      invalid('metadata.name', crd.metadata?.name ?? '', 'must be spec.names.plural+"."+spec.group'),
    );
  return [
    ...errors,
    ...validateGroup(crd),
    ...validateScope(spec.scope),
    ...validateVersions(spec.versions ?? []),
    ...validateNames(names, 'spec.names'),
    ...validateConversion(crd),
    ...(spec.preserveUnknownFields ? [invalid('spec.preserveUnknownFields', true, 'must be false')] : []),
  ];
}

/** Further complaints about a changed definition. */
export function validateCrdUpdate(crd: UncheckedCrd, old: UncheckedCrd): FieldError[] {
  const errors = validateCrd(crd);
  const isEstablished = isConditionTrue(old, 'Established');
  const now = crd.spec;
  const then = old.spec;
  const fixed: [string, unknown, unknown][] = [
    ['spec.group', now?.group, then?.group],
    ['spec.names.plural', now?.names?.plural, then?.names?.plural],
    ...(isEstablished
      ? ([
          ['spec.scope', now?.scope, then?.scope],
          ['spec.names.kind', now?.names?.kind, then?.names?.kind],
        ] as [string, unknown, unknown][])
      : []),
  ];
  for (const [field, value, before] of fixed)
    if (value !== before) errors.push(immutable(field, value ?? ''));
  for (const [i, version] of (old.status?.storedVersions ?? []).entries()) {
    if (!now?.versions?.some(({ name }) => name === version))
      errors.push(invalid(`status.storedVersions[${i}]`, version, 'missing from spec.versions'));
  }
  return errors;
}

const approvalAnnotation = 'api-approved.kubernetes.io';

function validateGroup({ metadata, spec }: UncheckedCrd): FieldError[] {
  const group = spec?.group ?? '';
  if (group === '') return [required('spec.group')];
  const texts = dnsSubdomainErrors(group);
  if (texts.length > 0) return [invalid('spec.group', group, texts.join(','))];
  if (!group.includes('.')) return [invalid('spec.group', group, 'should be a domain with at least one dot')];
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  if (!isProtected || metadata?.annotations?.[approvalAnnotation]) return [];
  const text = `protected groups must have approval annotation "${approvalAnnotation}", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [required(`metadata.annotations[${approvalAnnotation}]`, text)];
}

function validateScope(scope: string | undefined): FieldError[] {
  if (!scope) return [required('spec.scope')];
  const scopes = ['Cluster', 'Namespaced'];
  return scopes.includes(scope) ? [] : [notSupported('spec.scope', scope, scopes)];
}

function validateVersions(versions: readonly Version[]): FieldError[] {
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
  const errors: FieldError[] = [];
  const texts = dns1035LabelErrors(version.name ?? '');
  if (texts.length > 0) errors.push(invalid(`${field}.name`, version.name ?? '', texts.join(',')));
  if (version.deprecationWarning !== undefined && !version.deprecated)
    errors.push(
      invalid(
        `${field}.deprecationWarning`,
        version.deprecationWarning,
        'can only be set for deprecated versions',
      ),
    );
  const schema = schemaOf(version);
  const schemaField = `${field}.schema.openAPIV3Schema`;
  if (!schema) errors.push(required(schemaField, 'schemas are required'));
  else {
    errors.push(...validateSchema(schema, schemaField));
    if (version.subresources?.status) {
      const known = new Set([
        'type',
        'description',
        'properties',
        'required',
        'x-kubernetes-validations',
        'title',
      ]);
      const other = Object.keys(schema).filter(
        (key) => !known.has(key) && !key.startsWith('x-kubernetes-preserve'),
      );
      if (other.length > 0)
        errors.push(
          invalid(
            schemaField,
            schema,
            'only ["description" "example" "externalDocs" "format" "not" "properties" "required" "type" "x-kubernetes-preserve-unknown-fields" "x-kubernetes-validations"] fields are allowed at the root of the schema if the status subresource is enabled',
          ),
        );
    }
  }
  return [
    ...errors,
    ...validateScale(version, `${field}.subresources.scale`),
    ...validateColumns(version, `${field}.additionalPrinterColumns`),
    ...validateSelectableFields(version, `${field}.selectableFields`),
  ];
}

function validateScale({ subresources }: Version, field: string): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const { labelSelectorPath: labels } = scale;
  return [
    ...checkPath(`${field}.specReplicasPath`, scale.specReplicasPath, 'spec'),
    ...checkPath(`${field}.statusReplicasPath`, scale.statusReplicasPath, 'status'),
    ...(labels
      ? checkPath(`${field}.labelSelectorPath`, labels, labels.startsWith('.spec.') ? 'spec' : 'status')
      : []),
  ];
}

function checkPath(field: string, path: string | undefined, root: 'spec' | 'status'): FieldError[] {
  if (!path) return [required(field)];
  if (!path.startsWith('.')) return [invalid(field, path, 'must be a simple json path starting with .')];
  if (!/^(\.[A-Za-z_][\w-]*)+$/.test(path))
    return [invalid(field, path, 'must be a json path in the dot notation')];
  return path.startsWith(`.${root}.`) ? [] : [invalid(field, path, `should be a json path under .${root}`)];
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function validateColumns({ additionalPrinterColumns = [] }: Version, field: string): FieldError[] {
  return additionalPrinterColumns.flatMap(({ name, type, format, jsonPath }, i) => {
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${at}.name`));
    if (!type) errors.push(required(`${at}.type`, `must be one of ${columnTypes.join(',')}`));
    else if (!columnTypes.includes(type))
      errors.push(invalid(`${at}.type`, type, `must be one of ${columnTypes.join(',')}`));
    if (format && !columnFormats.includes(format))
      errors.push(invalid(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`));
    if (!jsonPath) errors.push(required(`${at}.JSONPath`));
    else if (!jsonPath.startsWith('.'))
      errors.push(invalid(`${at}.jsonPath`, jsonPath, 'must be a simple json path starting with .'));
    return errors;
  });
}

const maxSelectableFields = 8;

function validateSelectableFields(version: Version, field: string): FieldError[] {
  const { selectableFields = [] } = version;
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { jsonPath }] of selectableFields.entries()) {
    const at = `${field}[${i}].jsonPath`;
    if (!jsonPath) errors.push(required(at));
    else if (seen.has(jsonPath)) errors.push(duplicate(at, jsonPath));
    else if (!/^(\.[A-Za-z_][\w-]*)+$/.test(jsonPath))
      errors.push(invalid(at, jsonPath, 'is an invalid path: does not refer to a valid field'));
    else if (/^\.metadata(\.|$)/.test(jsonPath))
      errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    else {
      const type = fieldTypeAt(version, jsonPath);
      if (!type) errors.push(invalid(at, jsonPath, 'is an invalid path: does not refer to a valid field'));
      else if (!['string', 'boolean', 'integer'].includes(type))
        errors.push(
          invalid(
            at,
            jsonPath,
            'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
          ),
        );
    }
    if (jsonPath) seen.add(jsonPath);
  }
  if (selectableFields.length > maxSelectableFields)
    errors.push({
      type: 'FieldValueTooMany',
      field,
      message: `Too many: ${selectableFields.length}: must have at most ${maxSelectableFields} items`,
    });
  return errors;
}

function fieldTypeAt(version: Version, path: string): string | undefined {
  let schema = schemaOf(version);
  for (const key of path.split('.').slice(1)) schema = schema?.properties?.[key];
  return schema?.type;
}

/** `names` of a spec or what a status calls accepted. */
function validateNames(names: Unchecked<CrdNames>, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: string, value: string | undefined, isKind: boolean) => {
    if (!value) {
      errors.push(required(`${field}.${name}`));
      return;
    }
    const texts = dns1035LabelErrors(isKind ? value.toLowerCase() : value);
    if (texts.length === 0) return;
    const text = `${isKind ? 'may have mixed case, but should otherwise match: ' : ''}${texts.join(',')}`;
    errors.push(invalid(`${field}.${name}`, value, text));
  };
  check('plural', names.plural, false);
  check('singular', names.singular, false);
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

const reviewVersions = ['v1', 'v1beta1'];

function validateConversion({ spec }: UncheckedCrd): FieldError[] {
  const conversion = spec?.conversion;
  const field = 'spec.conversion';
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  if (strategy !== 'None' && strategy !== 'Webhook')
    return strategy
      ? [notSupported(`${field}.strategy`, strategy, ['None', 'Webhook'])]
      : [required(`${field}.strategy`)];
  if (strategy === 'None')
    return webhook
      ? [forbidden(`${field}.webhook`, 'should not be set when strategy is not set to Webhook')]
      : [];
  const errors: FieldError[] = [];
  const client = webhook?.clientConfig;
  const at = `${field}.webhookClientConfig`;
  if (!client) errors.push(required(at, 'required when strategy is set to Webhook'));
  else if ((client.url === undefined) === (client.service === undefined))
    errors.push(required(at, 'exactly one of url or service is required'));
  else if (client.url !== undefined) errors.push(...validateUrl(client.url, `${at}.url`));
  else if (client.service) {
    if (!client.service.name) errors.push(required(`${at}.service.name`, 'service name is required'));
    if (!client.service.namespace)
      errors.push(required(`${at}.service.namespace`, 'service namespace is required'));
  }
  const versions = webhook?.conversionReviewVersions ?? [];
  const versionsField = `${field}.conversionReviewVersions`;
  if (versions.length === 0) errors.push(required(versionsField));
  else if (!versions.some((version) => reviewVersions.includes(version)))
    errors.push(
      invalid(versionsField, versions, `must include at least one of ${reviewVersions.join(', ')}`),
    );
  return errors;
}

/** Rules of webhook URLs: HTTPS, a host, no credentials, query or fragment. */
function validateUrl(text: string, field: string): FieldError[] {
  const form = 'desired format: https://host[/path]';
  if (!URL.canParse(text)) return [required(field, `url must be a valid URL: ${form}`)];
  const url = new URL(text);
  const errors: FieldError[] = [];
  if (url.protocol !== 'https:')
    errors.push(invalid(field, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`));
  if (url.host === '') errors.push(invalid(field, url.host, `host must be specified; ${form}`));
  if (url.username !== '')
    errors.push(invalid(field, url.username, 'user information is not permitted in the URL'));
  if (url.hash !== '')
    errors.push(invalid(field, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search !== '')
    errors.push(invalid(field, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return errors;
}
