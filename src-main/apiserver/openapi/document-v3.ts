import { isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { ProtoWriter } from '../protobuf/writer.ts';
import {
  any,
  bool,
  double,
  type Field,
  integer,
  list,
  type Message,
  map,
  object,
  text,
  wrapped,
  writeMessage,
} from './fields.ts';

/**
 * An OpenAPI 3.0 document as the protobuf message `openapi.v3.Document`. Throws for what the message cannot carry,
 * except for defaults that are lists or objects: those are written as no default, as everywhere.
 * Source: field numbers of openapiv3/OpenAPIv3.proto in github.com/google/gnostic-models. Left out are the parts that
 * no Kubernetes API uses: servers, links, callbacks, headers, examples by name, security schemes, XML names.
 */
export function encodeOpenApiV3(openApi: JsonObject): Uint8Array {
  const out = new ProtoWriter();
  writeMessage(out, document, openApi);
  return out.finish();
}

const reference: Message = { fields: { $ref: text(1), summary: text(2), description: text(3) } };

/** A union of a message and a reference to one. */
const orReference =
  (number: number, message: () => Message): Field =>
  (out, value) =>
    out.message(number, (union) => {
      if (isJsonObject(value) && value.$ref !== undefined) object(2, () => reference)(union, value);
      else object(1, message)(union, value);
    });

/** A message of names and values of one kind. */
const named = (number: number, value: Field): Field => wrapped(number, map(1, value));

const externalDocs: Message = { fields: { description: text(1), url: text(2) }, extensions: 3 };

const discriminator: Message = {
  fields: { propertyName: text(1), mapping: named(2, text(2)) },
  extensions: 3,
};

const schema: Message = {
  fields: {
    nullable: bool(1),
    discriminator: object(2, () => discriminator),
    readOnly: bool(3),
    writeOnly: bool(4),
    externalDocs: object(6, () => externalDocs),
    example: any(7),
    deprecated: bool(8),
    title: text(9),
    multipleOf: double(10),
    maximum: double(11),
    exclusiveMaximum: bool(12),
    minimum: double(13),
    exclusiveMinimum: bool(14),
    maxLength: integer(15),
    minLength: integer(16),
    pattern: text(17),
    maxItems: integer(18),
    minItems: integer(19),
    uniqueItems: bool(20),
    maxProperties: integer(21),
    minProperties: integer(22),
    required: list(text(23)),
    enum: list(any(24)),
    type: text(25),
    allOf: list(schemaIn(26)),
    oneOf: list(schemaIn(27)),
    anyOf: list(schemaIn(28)),
    not: object(29, () => schema),
    items: wrapped(30, schemaIn(1)),
    properties: named(31, schemaIn(2)),
    additionalProperties: wrapped(32, (out, value) =>
      (typeof value === 'boolean' ? bool(2) : schemaIn(1))(out, value),
    ),
    default: wrapped(33, scalarDefault),
    description: text(34),
    format: text(35),
  },
  extensions: 36,
};

function schemaIn(number: number): Field {
  return orReference(number, () => schema);
}

function scalarDefault(out: ProtoWriter, value: Json): void {
  if (typeof value === 'number') out.double(1, value);
  else if (typeof value === 'boolean') out.bool(2, value);
  else if (typeof value === 'string') out.text(3, value);
}

const mediaType: Message = { fields: { schema: schemaIn(1), example: any(2) }, extensions: 5 };
const content = (number: number): Field =>
  named(
    number,
    object(2, () => mediaType),
  );

const parameter: Message = {
  fields: {
    name: text(1),
    in: text(2),
    description: text(3),
    required: bool(4),
    deprecated: bool(5),
    allowEmptyValue: bool(6),
    style: text(7),
    explode: bool(8),
    allowReserved: bool(9),
    schema: schemaIn(10),
    example: any(11),
    content: content(13),
  },
  extensions: 14,
};

const requestBody: Message = {
  fields: { description: text(1), content: content(2), required: bool(3) },
  extensions: 4,
};

const response: Message = { fields: { description: text(1), content: content(3) }, extensions: 5 };

/** The codes' names are free, `default` has a place of its own. */
const responses =
  (number: number): Field =>
  (out, value) =>
    out.message(number, (message) => {
      const { default: otherwise, ...codes } = isJsonObject(value) ? value : {};
      const either = (at: number) => orReference(at, () => response);
      if (otherwise !== undefined) either(1)(message, otherwise);
      map(2, either(2))(message, codes as JsonObject);
    });

const operation: Message = {
  fields: {
    tags: list(text(1)),
    summary: text(2),
    description: text(3),
    externalDocs: object(4, () => externalDocs),
    operationId: text(5),
    parameters: list(orReference(6, () => parameter)),
    requestBody: orReference(7, () => requestBody),
    responses: responses(8),
    deprecated: bool(10),
  },
  extensions: 13,
};

const pathItem: Message = {
  fields: {
    $ref: text(1),
    summary: text(2),
    description: text(3),
    get: object(4, () => operation),
    put: object(5, () => operation),
    post: object(6, () => operation),
    delete: object(7, () => operation),
    options: object(8, () => operation),
    head: object(9, () => operation),
    patch: object(10, () => operation),
    trace: object(11, () => operation),
    parameters: list(orReference(13, () => parameter)),
  },
  extensions: 14,
};

const contact: Message = { fields: { name: text(1), url: text(2), email: text(3) }, extensions: 4 };
const license: Message = { fields: { name: text(1), url: text(2) }, extensions: 3 };

const info: Message = {
  fields: {
    title: text(1),
    description: text(2),
    termsOfService: text(3),
    contact: object(4, () => contact),
    license: object(5, () => license),
    version: text(6),
    summary: text(8),
  },
  extensions: 7,
};

const tag: Message = {
  fields: { name: text(1), description: text(2), externalDocs: object(3, () => externalDocs) },
  extensions: 4,
};

const components: Message = { fields: { schemas: named(1, schemaIn(2)) }, extensions: 10 };

const document: Message = {
  fields: {
    openapi: text(1),
    info: object(2, () => info),
    paths: wrapped(
      4,
      map(
        1,
        object(2, () => pathItem),
      ),
    ),
    components: object(5, () => components),
    tags: list(object(7, () => tag)),
    externalDocs: object(8, () => externalDocs),
  },
  extensions: 9,
};
