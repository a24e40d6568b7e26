import { openApiV3 } from '@shared/api/openapi.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { loadDocs } from '@shared/schema/docs.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import { expect, test } from 'vitest';
import { type ProtoFields, ProtoReader } from '../protobuf/reader.ts';
import { encodeOpenApiV3 } from './document-v3.ts';

/** What the messages look like from the reader's side; the letters are those of `document.test.ts`. */
const messages: Record<string, string> = {
  Document: '1:openapi:s 2:info:Info 4:paths:Paths 5:components:Components 7:tags:[]Tag 9:x:{}a',
  Info: '1:title:s 2:description:s 6:version:s 7:x:{}a',
  Tag: '1:name:s 2:description:s',
  Components: '1:schemas:Schemas',
  Schemas: '1:=:{}SchemaOrReference',
  Paths: '1:=:{}PathItem',
  PathItem:
    '4:get:Operation 5:put:Operation 6:post:Operation 7:delete:Operation 8:options:Operation 9:head:Operation 10:patch:Operation 13:parameters:[]ParameterOrReference',
  Operation:
    '1:tags:[]s 3:description:s 5:operationId:s 6:parameters:[]ParameterOrReference 7:requestBody:RequestBodyOrReference 8:responses:Responses 10:deprecated:b 13:x:{}a',
  ParameterOrReference: '1:=:Parameter 2:=:Reference',
  Parameter: '1:name:s 2:in:s 3:description:s 4:required:b 10:schema:SchemaOrReference',
  RequestBodyOrReference: '1:=:RequestBody 2:=:Reference',
  RequestBody: '2:content:Content 3:required:b',
  Content: '1:=:{}MediaType',
  MediaType: '1:schema:SchemaOrReference',
  Responses: '1:default:ResponseOrReference 2:=:{}ResponseOrReference',
  ResponseOrReference: '1:=:Response 2:=:Reference',
  Response: '1:description:s 3:content:Content',
  Reference: '1:$ref:s',
  SchemaOrReference: '1:=:Schema 2:=:Reference',
  Schema:
    '1:nullable:b 3:readOnly:b 7:example:a 9:title:s 10:multipleOf:d 11:maximum:d 12:exclusiveMaximum:b 13:minimum:d 14:exclusiveMinimum:b 15:maxLength:i 16:minLength:i 17:pattern:s 18:maxItems:i 19:minItems:i 20:uniqueItems:b 21:maxProperties:i 22:minProperties:i 23:required:[]s 24:enum:[]a 25:type:s 26:allOf:[]SchemaOrReference 27:oneOf:[]SchemaOrReference 28:anyOf:[]SchemaOrReference 29:not:Schema 30:items:Items 31:properties:Schemas 32:additionalProperties:AdditionalProperties 33:default:Default 34:description:s 35:format:s 36:x:{}a',
  Items: '1:=:SchemaOrReference',
  AdditionalProperties: '1:=:SchemaOrReference 2:=:b',
  Default: '1:=:d 2:=:b 3:=:s',
};

function read(message: string, fields: ProtoFields): Json {
  const object: Record<string, Json> = {};
  for (const line of messages[message]?.split(' ') ?? []) {
    const [number = '', key = '', type = ''] = line.split(':');
    if (!fields.has(Number(number))) continue;
    const value = readField(type, fields.each(Number(number)), Number(number));
    if (key === '=' && (typeof value !== 'object' || value === null)) return value;
    if (key === '=' || key === 'x') Object.assign(object, value);
    else object[key] = value;
  }
  return object;
}

function readField(type: string, values: readonly ProtoFields[], number: number): Json {
  if (type.startsWith('[]')) return values.map((value) => readOne(type.slice(2), value, number));
  if (!type.startsWith('{}')) return values.map((value) => readOne(type, value, number))[0] ?? null;
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

test.each(['', 'apps', 'apiextensions.k8s.io'])(
  'the document of group %j comes out as it went in',
  async (group) => {
    const document = openApiV3(kinds, builtinSchemas, await loadDocs(), { group, version: 'v1' });
    expect(decode(encodeOpenApiV3(document))).toEqual(JSON.parse(JSON.stringify(document)));
  },
);

test('so does what custom resources may say, save for defaults that are no scalars', () => {
  const schema = {
    nullable: true,
    title: 't',
    description: 'ü',
    maximum: 1.5,
    exclusiveMinimum: true,
    maxLength: 300,
    enum: ['a', 1, null],
    oneOf: [{ type: 'integer' }, { $ref: '#/components/schemas/a' }],
    not: { required: ['b'] },
    items: { type: 'string', default: 'x' },
    additionalProperties: { type: 'boolean', default: false },
    example: { a: [1] },
    'x-kubernetes-validations': [{ rule: 'self > 1' }],
  };
  const document = (a: JsonObject): JsonObject => ({
    openapi: '3.0.0',
    components: { schemas: { a, closed: { additionalProperties: false } } },
    paths: { '/a': { get: { responses: { default: { description: 'any' }, 200: { $ref: '#/r' } } } } },
  });
  expect(decode(encodeOpenApiV3(document(schema)))).toEqual(document(schema));
  const lossy = decode(encodeOpenApiV3(document({ default: { b: 1 } })));
  expect(lossy).toEqual(document({ default: {} }));
});

test('what the messages have no place for is refused rather than cut short', () => {
  expect(() => encodeOpenApiV3({ servers: [] })).toThrow('there is no field for "servers"');
});
