import { expect, test } from 'vitest';
import { openApiOfSwagger } from './from-swagger.ts';

const widget = { $ref: '#/definitions/Widget' };
const widget3 = { $ref: '#/components/schemas/Widget' };

test('references, bodies and answers are said in the words of OpenAPI 3', () => {
  const info = { title: 'widgets', version: '1' };
  const swagger = {
    swagger: '2.0',
    info,
    paths: {
      '/apis/example.com/v1/widgets/{name}': {
        put: {
          operationId: 'replaceWidget',
          consumes: ['*/*'],
          produces: ['application/json', 'application/yaml'],
          schemes: ['https'],
          parameters: [
            { in: 'body', name: 'body', required: true, schema: widget },
            { in: 'query', name: 'dryRun', type: 'string', uniqueItems: true },
          ],
          responses: { 200: { description: 'OK', schema: widget }, 401: { description: 'Unauthorized' } },
          'x-kubernetes-action': 'put',
        },
        parameters: [{ in: 'path', name: 'name', required: true, type: 'string' }],
      },
    },
    definitions: {
      Widget: {
        type: 'object',
        properties: {
          parent: { description: 'The one above.', ...widget },
          sizes: { type: 'array', items: widget },
        },
        additionalProperties: widget,
        allOf: [widget],
      },
    },
  };
  const content = { 'application/json': { schema: widget3 }, 'application/yaml': { schema: widget3 } };
  expect(openApiOfSwagger(swagger)).toEqual({
    openapi: '3.0.0',
    info,
    paths: {
      '/apis/example.com/v1/widgets/{name}': {
        put: {
          operationId: 'replaceWidget',
          parameters: [{ in: 'query', name: 'dryRun', schema: { type: 'string', uniqueItems: true } }],
          requestBody: { content: { '*/*': { schema: widget3 } } },
          responses: { 200: { description: 'OK', content }, 401: { description: 'Unauthorized' } },
          'x-kubernetes-action': 'put',
        },
        parameters: [{ in: 'path', name: 'name', required: true, schema: { type: 'string' } }],
      },
    },
    components: {
      schemas: {
        Widget: {
          type: 'object',
          properties: {
            parent: { description: 'The one above.', allOf: [widget3] },
            sizes: { type: 'array', items: widget3 },
          },
          additionalProperties: widget3,
          allOf: [widget3],
        },
      },
    },
  });
});

test('a document that says nothing has nothing', () => {
  expect(openApiOfSwagger({})).toEqual({ openapi: '3.0.0', paths: {}, components: { schemas: {} } });
});
