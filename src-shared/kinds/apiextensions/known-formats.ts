import { type JsonSchema, schemaParts } from './json-schema.ts';

/** Formats of texts that values are checked against, dashes left out; others are told of and ignored. */
export const textFormats: readonly string[] = (
  'bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn ' +
  'hexcolor rgbcolor byte password date duration datetime k8sshortname k8slongname'
).split(' ');

/** `date-time` and `datetime` are one format. */
export function formatName(format: string): string {
  return format.replaceAll('-', '');
}

const numberFormats: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/** The formats of a schema, and of those within it, that mean nothing here. */
export function unrecognizedFormats(schema: JsonSchema): string[] {
  const { type = '', format } = schema;
  const known =
    type === '' || type === 'string'
      ? textFormats.includes(formatName(format ?? ''))
      : numberFormats[type]?.includes(format ?? '') === true;
  const own = format && !known ? [format] : [];
  return [...own, ...schemaParts(schema).flatMap(([, part]) => unrecognizedFormats(part))];
}
