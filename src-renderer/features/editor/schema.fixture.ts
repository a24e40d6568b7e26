import { SchemaIndex } from './schema.ts';

/** A small piece of a cluster's OpenAPI, in the shape the API serves it. For tests. */
export const fixture = new SchemaIndex([
  {
    components: {
      schemas: {
        Deployment: {
          type: 'object',
          'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { allOf: [{ $ref: '#/components/schemas/Meta' }], description: 'Standard metadata.' },
            spec: { $ref: '#/components/schemas/Spec' },
            status: { type: 'object' },
          },
        },
        Meta: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
        Spec: {
          type: 'object',
          required: ['selector'],
          properties: {
            replicas: { type: 'integer', description: 'Number of desired pods.' },
            paused: { type: 'boolean' },
            selector: { type: 'object', additionalProperties: { type: 'string' } },
            containers: { type: 'array', items: { $ref: '#/components/schemas/Container' } },
          },
        },
        Container: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string' },
            image: { type: 'string' },
            imagePullPolicy: { type: 'string', enum: ['Always', 'Never', 'IfNotPresent'] },
            port: { 'x-kubernetes-int-or-string': true },
            env: {
              type: 'array',
              items: { type: 'object', properties: { name: { type: 'string' }, value: { type: 'string' } } },
            },
          },
        },
      },
    },
  },
]);
