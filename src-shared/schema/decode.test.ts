import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/types.ts';
import { decode } from './decode.ts';
import { builtinSchemas } from './registry.ts';
import type { Schema, Schemas } from './schema.ts';

const core = 'io.k8s.api.core.v1';

function decoded(type: string, value: unknown) {
  return decode(builtinSchemas, type, value);
}

function nested(depth: number): Json {
  let value: Json = { type: 'object' };
  for (let i = 0; i < depth; i++) value = { type: 'object', properties: { a: value } };
  return value;
}

describe('decode', () => {
  it('leaves out unknown fields and tells their paths', () => {
    const result = decoded(`${core}.Pod`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', clusterName: 'x' },
      spec: {
        containers: [
          { name: 'c', imagee: 'nginx' },
          { name: 'd', ports: [{ containerPort: 1, hostport: 2 }] },
        ],
      },
      statu: {},
    });
    expect(result).toEqual({
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a' },
        spec: { containers: [{ name: 'c' }, { name: 'd', ports: [{ containerPort: 1 }] }] },
      },
      unknown: [
        'metadata.clusterName',
        'spec.containers[0].imagee',
        'spec.containers[1].ports[0].hostport',
        'statu',
      ],
      errors: [],
    });
  });

  it('drops nulls and what is empty, but keeps empty structs and required lists', () => {
    const { object } = decoded(`${core}.Pod`, {
      metadata: { name: 'a', namespace: '', labels: {}, annotations: null, creationTimestamp: null },
      spec: {
        containers: [],
        volumes: [{ name: 'v', emptyDir: {} }],
        tolerations: [],
        nodeSelector: {},
        securityContext: {},
      },
    });
    expect(object).toEqual({
      metadata: { name: 'a' },
      spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }], securityContext: {} },
    });
  });

  it('makes zero values of nulls in lists and maps', () => {
    expect(decoded(`${core}.ConfigMap`, { data: { a: null } }).object).toEqual({ data: { a: '' } });
    expect(decoded(`${core}.Pod`, { spec: { containers: [null, { command: [null, 'x'] }] } }).object).toEqual(
      {
        spec: { containers: [{}, { command: ['', 'x'] }] },
      },
    );
  });

  it('brings quantities into canonical form, numbers too', () => {
    const resources = {
      limits: { cpu: 1, memory: '1024Mi' },
      requests: { cpu: '0.5', 'example.com/gpu': null },
    };
    expect(decoded(`${core}.ResourceRequirements`, resources).object).toEqual({
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '500m', 'example.com/gpu': '0' },
    });
  });

  it('brings times into canonical form', () => {
    const { object } = decoded(`${core}.Event`, {
      firstTimestamp: '2024-01-01T02:00:00.5+02:00',
      eventTime: '2024-01-01T00:00:00.123Z',
    });
    expect(object).toEqual({
      firstTimestamp: '2024-01-01T00:00:00Z',
      eventTime: '2024-01-01T00:00:00.123000Z',
    });
  });

  it('takes numbers and strings for IntOrString', () => {
    const { object, errors } = decoded(`${core}.ServiceSpec`, {
      ports: [
        { port: 1, targetPort: 'http' },
        { port: 2, targetPort: 80 },
      ],
    });
    expect(object).toEqual({
      ports: [
        { port: 1, targetPort: 'http' },
        { port: 2, targetPort: 80 },
      ],
    });
    expect(errors).toEqual([]);
  });

  it.each<[string, unknown, string, string]>([
    [
      'apps.v1.Deployment',
      { spec: { replicas: 'two' } },
      'spec.replicas',
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps.v1.Deployment',
      { spec: { replicas: 1.5 } },
      'spec.replicas',
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps.v1.Deployment',
      { spec: { replicas: 2 ** 31 } },
      'spec.replicas',
      'json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'core.v1.Pod',
      { spec: { containers: { name: 'a' } } },
      'spec.containers',
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      'core.v1.Pod',
      { metadata: { labels: { a: 1 } } },
      'metadata.labels[a]',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'core.v1.Pod',
      { spec: { containers: [{ env: [{ name: 'A', value: true }] }] } },
      'spec.containers[0].env[0].value',
      'json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      'core.v1.Pod',
      { spec: [] },
      'spec',
      'json: cannot unmarshal array into Go struct field PodSpec.spec of type v1.PodSpec',
    ],
    ['core.v1.Secret', { data: { a: 'not base64!' } }, 'data[a]', 'illegal base64 data at input byte 3'],
    ['core.v1.Secret', { data: { a: 'YQ' } }, 'data[a]', 'illegal base64 data at input byte 2'],
    [
      'core.v1.Pod',
      { spec: { overhead: { cpu: 'much' } } },
      'spec.overhead[cpu]',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'core.v1.Pod',
      { metadata: { creationTimestamp: 'now' } },
      'metadata.creationTimestamp',
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
  ])('tells of wrong types in %s, as Kubernetes does: %j', (type, value, field, message) => {
    expect(decoded(`io.k8s.api.${type}`, value).errors).toEqual([
      { type: 'FieldValueTypeInvalid', field, message },
    ]);
  });

  it('takes base64 with line breaks, and leaves them out', () => {
    expect(decoded(`${core}.Secret`, { data: { a: 'YWFh\nYWE=\n' } })).toMatchObject({
      object: { data: { a: 'YWFhYWE=' } },
      errors: [],
    });
  });

  it.each([undefined, null, 1, 'text', [], true])('makes an empty object of %j', (value) => {
    expect(decoded(`${core}.Pod`, value).object).toEqual({});
  });

  it('never pollutes prototypes', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"x":1},"metadata":{"labels":{"__proto__":"a","constructor":"b"}},"data":{"__proto__":"c"}}',
    );
    const { object, unknown } = decoded(`${core}.ConfigMap`, hostile);
    expect(unknown).toEqual(['__proto__']);
    expect(JSON.stringify(object)).toBe(
      '{"metadata":{"labels":{"__proto__":"a","constructor":"b"}},"data":{"__proto__":"c"}}',
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('does not take inherited names for fields', () => {
    expect(decoded(`${core}.Pod`, { toString: 1, constructor: { a: 1 }, hasOwnProperty: 1 }).unknown).toEqual(
      ['toString', 'constructor', 'hasOwnProperty'],
    );
  });

  it('refuses absurd nesting rather than overflow the stack', () => {
    const type = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    expect(decoded(type, nested(100)).errors).toEqual([]);
    expect(decoded(type, nested(100_000)).errors[0]?.message).toBe('exceeded max depth');
    let any: Json = 1;
    for (let i = 0; i < 100_000; i++) any = [any];
    expect(decoded(type, { default: any }).errors[0]?.message).toBe('exceeded max depth');
  });

  it('gives a private copy, also of what it knows nothing about', () => {
    const value = { data: { a: { b: [1] } } };
    const { object } = decoded('io.k8s.api.apps.v1.ControllerRevision', value);
    expect(object).toEqual(value);
    expect(object.data).not.toBe(value.data);
  });

  it('keeps unknown fields where the schema says so, and what is empty in custom resources', () => {
    const schema: Schema = {
      type: 'object',
      preserveUnknownFields: true,
      properties: { list: { type: 'array', items: { type: 'string' } } },
    };
    const schemas: Schemas = {
      get: (name) => (name === 'com.example.v1.Foo' ? schema : undefined),
      names: () => ['com.example.v1.Foo'],
    };
    expect(decode(schemas, 'com.example.v1.Foo', { list: [], other: { a: null } })).toEqual({
      object: { list: [], other: { a: null } },
      unknown: [],
      errors: [],
    });
  });
});
