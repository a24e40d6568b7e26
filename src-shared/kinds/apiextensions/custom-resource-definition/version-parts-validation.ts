import { duplicate, forbidden, invalid, required, tooMany } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { resolveFieldPath } from '../field-path.ts';
import type { JsonSchema } from '../json-schema.ts';
import { placedParts, placedSchemas } from './common-parts.ts';
import { type CrdVersion, schemaOf, type UncheckedCrd } from './names.ts';
import { schemaFaults } from './schema-validation.ts';

type Version = Unchecked<CrdVersion>;

/** Complaints about schemas, subresources, columns and selectable fields, each once where all versions have it alike. */
export function validateVersionParts(crd: UncheckedCrd): FieldError[] {
  return [
    ...validateSchemas(crd),
    ...validateScale(crd),
    ...validateColumns(crd),
    ...validateSelectableFields(crd),
  ];
}

function validateSchemas(crd: UncheckedCrd): FieldError[] {
  return placedSchemas(crd).flatMap(({ schema, field, versions }) => {
    const { structural, schema: own } = schemaFaults(schema, field);
    const errors: FieldError[] = [];
    if (versions.some(({ subresources }) => subresources?.status)) errors.push(...rootErrors(schema, field));
    if (schema.nullable) errors.push(forbidden(`${field}.nullable`, 'nullable cannot be true at the root'));
    return [...errors, ...structural, ...own];
  });
}

/** Members of a root schema beside `status`, by the names Kubernetes lists them with. */
const rootFields = (
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems ' +
  'MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'
).split(' ');
const rootMembers = new Set(
  rootFields.map((name) =>
    name.startsWith('X')
      ? `x-kubernetes${name.slice(1).replace(/[A-Z]/g, (char) => `-${char.toLowerCase()}`)}`
      : `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`,
  ),
);

/** With a status of its own, a schema is taken apart: what it says beside its properties would be lost. */
function rootErrors(schema: JsonSchema, field: string): FieldError[] {
  if (schema.type && schema.type !== 'object') {
    const text =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(`${field}.type`, schema.type, text)];
  }
  const other = Object.entries(schema).some(([key, value]) => !rootMembers.has(key) && !isZero(value));
  const text = `only [${rootFields.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return other ? [invalid(field, schema, text)] : [];
}

function isZero(value: unknown): boolean {
  return value === false || value === '' || value === 0 || value === null || value === undefined;
}

function validateScale(crd: UncheckedCrd): FieldError[] {
  return placedParts(crd, 'subresources').flatMap(({ field, versions }) => {
    const scale = versions[0]?.subresources?.scale;
    if (!scale) return [];
    const at = `${field}.scale`;
    const { labelSelectorPath: labels } = scale;
    return [
      ...checkPath(`${at}.specReplicasPath`, scale.specReplicasPath, ['.spec']),
      ...checkPath(`${at}.statusReplicasPath`, scale.statusReplicasPath, ['.status']),
      ...(labels ? checkPath(`${at}.labelSelectorPath`, labels, ['.spec', '.status']) : []),
    ];
  });
}

function checkPath(field: string, path: string | undefined, roots: readonly string[]): FieldError[] {
  if (!path) return [required(field)];
  if (!path.startsWith('.')) return [invalid(field, path, 'must be a simple json path starting with .')];
  if (roots.some((root) => path.startsWith(`${root}.`))) return [];
  const where = roots.length === 1 ? roots[0] : `either ${roots.join(' or ')}`;
  return [invalid(field, path, `should be a json path under ${where}`)];
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function validateColumns(crd: UncheckedCrd): FieldError[] {
  return placedParts(crd, 'additionalPrinterColumns').flatMap(({ field, versions }) =>
    (versions[0]?.additionalPrinterColumns ?? []).flatMap((column, i) =>
      checkColumn(`${field}[${i}]`, column),
    ),
  );
}

type Column = NonNullable<Version['additionalPrinterColumns']>[number];

function checkColumn(field: string, { name, type, format, jsonPath }: Column): FieldError[] {
  const errors: FieldError[] = [];
  const known = `must be one of ${columnTypes.join(',')}`;
  if (!name) errors.push(required(`${field}.name`));
  if (!type) errors.push(required(`${field}.type`, known));
  else if (!columnTypes.includes(type)) errors.push(invalid(`${field}.type`, type, known));
  if (format && !columnFormats.includes(format))
    errors.push(invalid(`${field}.format`, format, `must be one of ${columnFormats.join(',')}`));
  if (!jsonPath) errors.push(required(`${field}.JSONPath`));
  else if (!jsonPath.startsWith('.'))
    errors.push(invalid(`${field}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
  return errors;
}

const maxSelectableFields = 8;

function validateSelectableFields(crd: UncheckedCrd): FieldError[] {
  return placedParts(crd, 'selectableFields').flatMap(({ field, versions }) => {
    const [version] = versions;
    const selectable = version?.selectableFields ?? [];
    if (!version || selectable.length === 0) return [];
    const schema = schemaOf(version);
    if (!schema)
      return [invalid(field, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
    return checkSelectable(field, selectable, schema);
  });
}

function checkSelectable(
  field: string,
  selectable: NonNullable<Version['selectableFields']>,
  schema: JsonSchema,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { jsonPath = '' }] of selectable.entries()) {
    const at = `${field}[${i}].jsonPath`;
    if (jsonPath === '') {
      errors.push(required(at));
      continue;
    }
    const found = resolveFieldPath(jsonPath, schema, { allowsBrackets: false });
    if ('problem' in found) {
      errors.push(invalid(at, jsonPath, `is an invalid path: ${found.problem}`));
      continue;
    }
    if (/^metadata(?:[.[]|$)/.test(found.path))
      errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.schema.type ?? '')) {
      const text =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.push(invalid(at, jsonPath, text));
    }
    if (seen.has(found.path)) errors.push(duplicate(at, jsonPath));
    seen.add(found.path);
  }
  return seen.size > maxSelectableFields
    ? [...errors, tooMany(field, seen.size, maxSelectableFields)]
    : errors;
}
