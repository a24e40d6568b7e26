import { isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';

/**
 * A Swagger 2.0 document in OpenAPI 3.0, for servers that say nothing in the newer one. As upstream's aggregator does
 * it, what only the older dialect lacks stays lost: alternatives, nullable fields, defaults of parameters.
 * Source: kube-openapi, pkg/openapiconv.
 */
export function openApiOfSwagger(swagger: JsonObject): JsonObject {
  const { info, paths, definitions, externalDocs } = swagger;
  return {
    openapi: '3.0.0',
    ...(info !== undefined && { info }),
    ...(externalDocs !== undefined && { externalDocs }),
    paths: mapMembers(paths, pathItemOf),
    components: { schemas: mapMembers(definitions, schemaOf) },
  };
}

function mapMembers(value: Json | undefined, change: (member: JsonObject) => JsonObject): JsonObject {
  if (!isJsonObject(value)) return {};
  const members = Object.entries(value).map(([key, member]) => [
    key,
    isJsonObject(member) ? change(member) : member,
  ]);
  return Object.fromEntries(members) as JsonObject;
}

function mapItems(value: Json | undefined, change: (item: JsonObject) => JsonObject): Json[] {
  return Array.isArray(value) ? value.map((item) => (isJsonObject(item) ? change(item) : item)) : [];
}

/** References are renamed; one with something beside it becomes `allOf`, since beside a reference nothing counts. */
function schemaOf(schema: JsonObject): JsonObject {
  const { $ref, properties, items, additionalProperties, allOf, ...rest } = schema;
  const changed: JsonObject = {
    ...rest,
    ...(properties !== undefined && { properties: mapMembers(properties, schemaOf) }),
    ...(isJsonObject(items) && { items: schemaOf(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isJsonObject(additionalProperties)
        ? schemaOf(additionalProperties)
        : additionalProperties,
    }),
    ...(allOf !== undefined && { allOf: mapItems(allOf, schemaOf) }),
  };
  if (typeof $ref !== 'string') return changed;
  const reference = { $ref: $ref.replace('#/definitions/', '#/components/schemas/') };
  return Object.keys(changed).length === 0 ? reference : { ...changed, allOf: [reference] };
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']);

function pathItemOf(item: JsonObject): JsonObject {
  const { parameters, ...rest } = item;
  const members = Object.entries(rest).map(([key, member]) => [
    key,
    methods.has(key) && isJsonObject(member) ? operationOf(member) : member,
  ]);
  return {
    ...Object.fromEntries(members),
    ...(parameters !== undefined && { parameters: mapItems(parameters, parameterOf) }),
  };
}

function operationOf(operation: JsonObject): JsonObject {
  const { parameters, responses, consumes, produces, schemes: _, security: __, ...rest } = operation;
  const all = Array.isArray(parameters) ? parameters.filter(isJsonObject) : [];
  const body = all.find((parameter) => parameter.in === 'body');
  const others = all.filter((parameter) => parameter !== body).map(parameterOf);
  return {
    ...rest,
    ...(others.length > 0 && { parameters: others }),
    ...(isJsonObject(body?.schema) && {
      requestBody: { content: contentOf(consumes, schemaOf(body.schema)) },
    }),
    responses: mapMembers(responses, (response) => responseOf(response, produces)),
  };
}

function responseOf(
  { schema, headers: _, examples: __, ...rest }: JsonObject,
  produces: Json | undefined,
): JsonObject {
  return { ...rest, ...(isJsonObject(schema) && { content: contentOf(produces, schemaOf(schema)) }) };
}

function contentOf(types: Json | undefined, schema: JsonObject): JsonObject {
  const names = Array.isArray(types) ? types.map(String) : [];
  return Object.fromEntries(names.map((name) => [name, { schema }]));
}

function parameterOf(parameter: JsonObject): JsonObject {
  const {
    name,
    description,
    in: place,
    required,
    allowEmptyValue,
    type,
    format,
    uniqueItems,
    $ref,
  } = parameter;
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/parameters/', '#/components/parameters/') };
  const shape = { type, format, uniqueItems };
  const stated = Object.entries({ name, in: place, description, required, allowEmptyValue });
  const schema = Object.entries(shape).filter(([, value]) => value !== undefined);
  return Object.fromEntries([
    ...stated.filter(([, value]) => value !== undefined),
    ['schema', Object.fromEntries(schema)],
  ]) as JsonObject;
}
