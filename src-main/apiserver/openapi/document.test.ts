import { openApiV2 } from '@shared/api/openapi.ts';
import { kinds } from '@shared/kinds/index.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { loadDocs } from '@shared/schema/docs.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import { expect, test } from 'vitest';
import { type ProtoFields, ProtoReader } from '../protobuf/reader.ts';
import { encodeOpenApiV2 } from './document.ts';

/**
 * What the messages look like from the reader's side, told apart from the writer's tables: `number:key:type`.
 * Types: s string, b boolean, i integer, d double, a Any, or a message; `[]` before for a list, `{}` for a list
 * of names and values. `=` as the key: the field stands for the message. `x` takes the extensions.
 */
const messages: Record<string, string> = {
  Document:
    '1:swagger:s 2:info:Info 3:host:s 4:basePath:s 5:schemes:[]s 6:consumes:[]s 7:produces:[]s 8:paths:Paths 9:definitions:Definitions 14:tags:[]Tag 15:externalDocs:ExternalDocs 16:x:{}a',
  Info: '1:title:s 2:version:s 3:description:s 4:termsOfService:s 5:contact:Contact 6:license:License 7:x:{}a',
  Contact: '1:name:s 2:url:s 3:email:s 4:x:{}a',
  License: '1:name:s 2:url:s 3:x:{}a',
  Tag: '1:name:s 2:description:s 3:externalDocs:ExternalDocs 4:x:{}a',
  ExternalDocs: '1:description:s 2:url:s 3:x:{}a',
  Paths: '1:x:{}a 2:=:{}PathItem',
  Definitions: '1:=:{}Schema',
  PathItem:
    '1:$ref:s 2:get:Operation 3:put:Operation 4:post:Operation 5:delete:Operation 6:options:Operation 7:head:Operation 8:patch:Operation 9:parameters:[]ParametersItem 10:x:{}a',
  Operation:
    '1:tags:[]s 2:summary:s 3:description:s 4:externalDocs:ExternalDocs 5:operationId:s 6:produces:[]s 7:consumes:[]s 8:parameters:[]ParametersItem 9:responses:Responses 10:schemes:[]s 11:deprecated:b 13:x:{}a',
  ParametersItem: '1:=:Parameter 2:=:JsonReference',
  JsonReference: '1:$ref:s 2:description:s',
  Parameter: '1:=:BodyParameter 2:=:NonBodyParameter',
  BodyParameter: '1:description:s 2:name:s 3:in:s 4:required:b 5:schema:Schema 6:x:{}a',
  NonBodyParameter: '1:=:PathParameter 2:=:QueryParameter 3:=:QueryParameter 4:=:PathParameter',
  PathParameter:
    '1:required:b 2:in:s 3:description:s 4:name:s 5:type:s 6:format:s 7:items:Items 8:collectionFormat:s 9:default:a 10:maximum:d 11:exclusiveMaximum:b 12:minimum:d 13:exclusiveMinimum:b 14:maxLength:i 15:minLength:i 16:pattern:s 17:maxItems:i 18:minItems:i 19:uniqueItems:b 20:enum:[]a 21:multipleOf:d 22:x:{}a',
  QueryParameter:
    '1:required:b 2:in:s 3:description:s 4:name:s 5:allowEmptyValue:b 6:type:s 7:format:s 8:items:Items 9:collectionFormat:s 10:default:a 11:maximum:d 12:exclusiveMaximum:b 13:minimum:d 14:exclusiveMinimum:b 15:maxLength:i 16:minLength:i 17:pattern:s 18:maxItems:i 19:minItems:i 20:uniqueItems:b 21:enum:[]a 22:multipleOf:d 23:x:{}a',
  Items: '1:type:s 2:format:s 4:collectionFormat:s 5:default:a 15:uniqueItems:b 16:enum:[]a 18:x:{}a',
  Responses: '1:=:{}ResponseValue',
  ResponseValue: '1:=:Response 2:=:JsonReference',
  Response: '1:description:s 2:schema:SchemaItem 5:x:{}a',
  SchemaItem: '1:=:Schema',
  Schema:
    '1:$ref:s 2:format:s 3:title:s 4:description:s 5:default:a 6:multipleOf:d 7:maximum:d 8:exclusiveMaximum:b 9:minimum:d 10:exclusiveMinimum:b 11:maxLength:i 12:minLength:i 13:pattern:s 14:maxItems:i 15:minItems:i 16:uniqueItems:b 17:maxProperties:i 18:minProperties:i 19:required:[]s 20:enum:[]a 21:additionalProperties:AdditionalProperties 22:type:Type 23:items:ItemsItem 24:allOf:[]Schema 25:properties:Definitions 26:discriminator:s 27:readOnly:b 29:externalDocs:ExternalDocs 30:example:a 31:x:{}a',
  AdditionalProperties: '1:=:Schema 2:=:b',
  Type: '1:=:s',
  ItemsItem: '1:=:Schema',
};

function read(message: string, fields: ProtoFields): Json {
  const object: Record<string, Json> = {};
  for (const line of messages[message]?.split(' ') ?? []) {
    const [number = '', key = '', type = ''] = line.split(':');
    if (!fields.has(Number(number))) continue;
    const value = readField(type, fields.each(Number(number)), Number(number));
    if (key === '=' && !isJsonObject(value)) return value;
    if (key === '=' || key === 'x') Object.assign(object, value);
    else object[key] = value;
  }
  return object;
}

function readField(type: string, values: readonly ProtoFields[], number: number): Json {
  if (type.startsWith('[]')) return values.map((value) => readOne(type.slice(2), value, number));
  if (!type.startsWith('{}')) {
    expect(values).toHaveLength(1);
    return values.map((value) => readOne(type, value, number))[0] ?? null;
  }
  return Object.fromEntries(
    values.map((value) => {
      const [named] = value.messages(number);
      return [named?.text(1), named ? readOne(type.slice(2), named, 2) : null];
    }),
  );
}

function readOne(type: string, value: ProtoFields, number: number): Json {
  if (type === 's') return value.text(number);
  if (type === 'b') return value.integer(number) === 1;
  if (type === 'i') return value.integer(number);
  if (type === 'd') return value.double(number);
  const inner = new ProtoReader(value.bytes(number)).fields();
  return type === 'a' ? (JSON.parse(inner.text(2)) as Json) : read(type, inner);
}

const decode = (bytes: Uint8Array) => read('Document', new ProtoReader(bytes).fields());

test('the document of all kinds comes out as it went in', async () => {
  const document = openApiV2(kinds, builtinSchemas, await loadDocs());
  const plain = JSON.parse(JSON.stringify(document)) as JsonObject;
  expect(decode(encodeOpenApiV2(document))).toEqual(plain);
  expect(plain.definitions).toHaveProperty(['io.k8s.api.core.v1.Pod', 'x-kubernetes-group-version-kind']);
});

test('so does everything else a document may hold', () => {
  const limits = { maximum: 1.5, minimum: -3, exclusiveMinimum: true, maxLength: 300, minLength: 0 };
  const sizes = { pattern: '^ü$', maxItems: 2 ** 40, minItems: 1, uniqueItems: false, enum: ['a', 1, null] };
  const schema = { title: 't', default: { a: [1] }, multipleOf: 0.5, ...limits, ...sizes };
  const common = { description: 'd', name: 'n', required: true, ...limits, ...sizes, 'x-a': { b: '"' } };
  const reference = { $ref: '#/parameters/p' };
  const document: JsonObject = {
    swagger: '2.0',
    info: { title: 't', version: 'v', contact: { email: 'e' }, license: { name: 'l' }, 'x-i': true },
    host: 'h',
    schemes: ['https'],
    paths: {
      '/a/{n}': {
        get: {
          deprecated: true,
          parameters: [
            { in: 'header', ...common, type: 'string' },
            { in: 'formData', ...common, type: 'file', allowEmptyValue: true },
            {
              in: 'query',
              ...common,
              type: 'array',
              items: { type: 'integer', format: 'int32' },
              default: [1],
            },
            { in: 'path', ...common, type: 'string' },
            { in: 'body', name: 'body', required: false, schema: { type: 'object' } },
            reference,
          ],
          responses: {
            200: { description: '', schema: { $ref: '#/definitions/x' } },
            default: { $ref: '#/r' },
          },
          externalDocs: { url: 'u' },
        },
        parameters: [reference],
      },
    },
    definitions: {
      __proto: { ...schema, type: 'array', items: { type: 'string' }, readOnly: true, example: 'e' },
      open: { additionalProperties: true, maxProperties: 3, minProperties: 0 },
      closed: { additionalProperties: false, allOf: [schema, { $ref: '#/definitions/open' }] },
      map: { type: 'object', additionalProperties: schema, discriminator: 'kind', 'x-b': [1, 'a'] },
      empty: {},
    },
    tags: [{ name: 'a', description: 'b' }],
    'x-top': null,
  };
  expect(decode(encodeOpenApiV2(document))).toEqual(document);
});

test.each([
  [{ swagger: 2 }, '2 is not a string'],
  [{ schemes: 'https' }, '"https" is not a list'],
  [{ info: [] }, '[] is not an object'],
  [{ securityDefinitions: {} }, 'there is no field for "securityDefinitions"'],
  [{ definitions: { a: { toString: 'x' } } }, 'there is no field for "toString"'],
  [{ definitions: { a: { minItems: 0.5 } } }, '0.5 is not an integer'],
  [{ definitions: { a: { readOnly: 'yes' } } }, '"yes" is not a boolean'],
  [{ definitions: { a: { maximum: '1' } } }, '"1" is not a number'],
])('%j is refused rather than cut short', (document, message) => {
  expect(() => encodeOpenApiV2(document)).toThrow(message);
});
