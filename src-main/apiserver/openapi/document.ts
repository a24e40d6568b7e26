import { isJsonObject } from '@shared/lib/json.ts';
import type { JsonObject } from '@shared/lib/types.ts';
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
 * A Swagger 2.0 document as the protobuf message `openapi.v2.Document`, which is what kubectl asks for where it
 * does not use OpenAPI 3: for Lists, and always before 1.27. Throws for what the message cannot carry.
 * Source: field numbers of openapiv2/OpenAPIv2.proto in github.com/google/gnostic-models. Left out are the parts
 * that no Kubernetes API uses: files, headers, examples, XML names, security schemes.
 */
export function encodeOpenApiV2(swagger: JsonObject): Uint8Array {
  const out = new ProtoWriter();
  writeMessage(out, document, swagger);
  return out.finish();
}

/** Unions: which member it is, is told by the JSON. */
const either =
  (isFirst: (value: Parameters<Field>[1]) => boolean, first: Field, second: Field): Field =>
  (out, value) =>
    (isFirst(value) ? first : second)(out, value);

const isIn = (place: string) => (value: Parameters<Field>[1]) => isJsonObject(value) && value.in === place;
const isReference = (value: Parameters<Field>[1]) => isJsonObject(value) && value.$ref !== undefined;

const externalDocs: Message = { fields: { description: text(1), url: text(2) }, extensions: 3 };

const schema: Message = {
  fields: {
    $ref: text(1),
    format: text(2),
    title: text(3),
    description: text(4),
    default: any(5),
    multipleOf: double(6),
    maximum: double(7),
    exclusiveMaximum: bool(8),
    minimum: double(9),
    exclusiveMinimum: bool(10),
    maxLength: integer(11),
    minLength: integer(12),
    pattern: text(13),
    maxItems: integer(14),
    minItems: integer(15),
    uniqueItems: bool(16),
    maxProperties: integer(17),
    minProperties: integer(18),
    required: list(text(19)),
    enum: list(any(20)),
    additionalProperties: wrapped(
      21,
      either((value) => typeof value === 'boolean', bool(2), schemaIn(1)),
    ),
    type: wrapped(22, either(Array.isArray, list(text(1)), text(1))),
    items: wrapped(23, either(Array.isArray, list(schemaIn(1)), schemaIn(1))),
    allOf: list(schemaIn(24)),
    properties: wrapped(25, map(1, schemaIn(2))),
    discriminator: text(26),
    readOnly: bool(27),
    externalDocs: object(29, () => externalDocs),
    example: any(30),
  },
  extensions: 31,
};

function schemaIn(number: number): Field {
  return object(number, () => schema);
}

/** What parameters outside the body have in common from `type` on; its place differs. */
function primitive(first: number): Record<string, Field> {
  return {
    type: text(first),
    format: text(first + 1),
    items: object(first + 2, () => primitivesItems),
    collectionFormat: text(first + 3),
    default: any(first + 4),
    maximum: double(first + 5),
    exclusiveMaximum: bool(first + 6),
    minimum: double(first + 7),
    exclusiveMinimum: bool(first + 8),
    maxLength: integer(first + 9),
    minLength: integer(first + 10),
    pattern: text(first + 11),
    maxItems: integer(first + 12),
    minItems: integer(first + 13),
    uniqueItems: bool(first + 14),
    enum: list(any(first + 15)),
    multipleOf: double(first + 16),
  };
}

const primitivesItems: Message = { fields: primitive(1), extensions: 18 };

const pathParameter: Message = {
  fields: { required: bool(1), in: text(2), description: text(3), name: text(4), ...primitive(5) },
  extensions: 22,
};

/** A path's parameter is laid out like a header's, a query's like a form's. */
const queryParameter: Message = {
  fields: {
    required: bool(1),
    in: text(2),
    description: text(3),
    name: text(4),
    allowEmptyValue: bool(5),
    ...primitive(6),
  },
  extensions: 23,
};

const bodyParameter: Message = {
  fields: { description: text(1), name: text(2), in: text(3), required: bool(4), schema: schemaIn(5) },
  extensions: 6,
};

const nonBodyParameter = either(
  isIn('header'),
  object(1, () => pathParameter),
  either(
    isIn('formData'),
    object(2, () => queryParameter),
    either(
      isIn('query'),
      object(3, () => queryParameter),
      object(4, () => pathParameter),
    ),
  ),
);

const jsonReference: Message = { fields: { $ref: text(1), description: text(2) } };
const parameter = either(
  isIn('body'),
  object(1, () => bodyParameter),
  wrapped(2, nonBodyParameter),
);
const orReference = (field: Field): Field =>
  either(
    isReference,
    object(2, () => jsonReference),
    wrapped(1, field),
  );
const parameters = (number: number): Field => list(wrapped(number, orReference(parameter)));

const response: Message = {
  fields: { description: text(1), schema: wrapped(2, schemaIn(1)) },
  extensions: 5,
};
const responseValue = either(
  isReference,
  object(2, () => jsonReference),
  object(1, () => response),
);

/** Beside the status codes, whose names are free, responses have extensions; the codes are all we write. */
const responses = (number: number): Field => wrapped(number, map(1, wrapped(2, responseValue)));

const operation: Message = {
  fields: {
    tags: list(text(1)),
    summary: text(2),
    description: text(3),
    externalDocs: object(4, () => externalDocs),
    operationId: text(5),
    produces: list(text(6)),
    consumes: list(text(7)),
    parameters: parameters(8),
    responses: responses(9),
    schemes: list(text(10)),
    deprecated: bool(11),
  },
  extensions: 13,
};

const pathItem: Message = {
  fields: {
    $ref: text(1),
    get: object(2, () => operation),
    put: object(3, () => operation),
    post: object(4, () => operation),
    delete: object(5, () => operation),
    options: object(6, () => operation),
    head: object(7, () => operation),
    patch: object(8, () => operation),
    parameters: parameters(9),
  },
  extensions: 10,
};

const contact: Message = { fields: { name: text(1), url: text(2), email: text(3) }, extensions: 4 };
const license: Message = { fields: { name: text(1), url: text(2) }, extensions: 3 };

const info: Message = {
  fields: {
    title: text(1),
    version: text(2),
    description: text(3),
    termsOfService: text(4),
    contact: object(5, () => contact),
    license: object(6, () => license),
  },
  extensions: 7,
};

const tag: Message = {
  fields: { name: text(1), description: text(2), externalDocs: object(3, () => externalDocs) },
  extensions: 4,
};

const document: Message = {
  fields: {
    swagger: text(1),
    info: object(2, () => info),
    host: text(3),
    basePath: text(4),
    schemes: list(text(5)),
    consumes: list(text(6)),
    produces: list(text(7)),
    paths: wrapped(
      8,
      map(
        2,
        object(2, () => pathItem),
      ),
    ),
    definitions: wrapped(9, map(1, schemaIn(2))),
    tags: list(object(14, () => tag)),
    externalDocs: object(15, () => externalDocs),
  },
  extensions: 16,
};
