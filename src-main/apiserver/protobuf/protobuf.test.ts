import { apiVersionOf } from '@shared/api/meta.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { expect, test } from 'vitest';
import { decodeProtobuf } from './decode.ts';
import { encodeMessage, encodeWatchFrame, envelope, listPieces } from './encode.ts';
import { encodedEntry, encodedMessage } from './encoded.ts';
import table from './fields.json' with { type: 'json' };
import { fieldsOf, messageName } from './messages.ts';

/** Messages within messages have their own turn. */
const maxDepth = 1;

/** A value for every field of a message, different ones for different fields. */
function example(message: string, depth = 0): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { name, number, type, pointer } of fieldsOf(message)) {
    if (name === undefined) {
      Object.assign(object, example(type.of, depth));
      continue;
    }
    if (depth >= maxDepth && type.of.length > 1) continue;
    const one = () => exampleOf(type.of, { name, number, depth: depth + 1 });
    if (type.shape === 'map') {
      const value = type.inner ? [one(), one()] : one();
      object[name] = { 'z.example/1': value, a: value, ü: value };
    } else if (type.shape === 'one') object[name] = pointer && type.of === 'i' ? 0 : one();
    else object[name] = [one(), one()];
    if (isNothing(object[name]) && !pointer) delete object[name];
  }
  return object;
}

function isNothing(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function exampleOf(
  of: string,
  { name, number, depth }: { name: string; number: number; depth: number },
): unknown {
  switch (of) {
    case 's':
      return `${name} ä€😀`;
    case 'y':
      return Buffer.from([0, 255, number % 256]).toString('base64');
    case 'b':
      return true;
    case 'i':
      return number % 2 === 0 ? -number : number * 2 ** 33;
    case 'd':
      return number + 0.125;
    case 'T':
      return '2026-02-03T04:05:06Z';
    case 'M':
      return '1969-12-31T23:59:58.000123Z';
    case 'Q':
      return `${number}500m`;
    case 'I':
      return number % 2 === 0 ? '25%' : -number;
    case 'F':
    case 'R':
    case 'J':
      return { 'f:spec': { 'k:{"name":"a"}': {} }, list: [1, null, 'x'] };
    case 'A':
      return number % 2 === 0 ? { type: 'string' } : [{ type: 'string' }, { title: 'b' }];
    case 'B':
      return number % 2 === 0 ? { type: 'string' } : false;
    case 'P':
      return number % 2 === 0 ? ['a', 'b'] : { type: 'string' };
    default:
      return example(of, depth);
  }
}

test.each(Object.keys(table))('%s comes back as it went', (message) => {
  const [group = '', version = '', kind = ''] = message.split('.');
  const object = example(message);
  const bytes = encodeMessage(message, object as JsonObject);
  // The decoder finds messages by type names; inner messages are reached through any name of their own.
  const apiVersion = group === 'core' ? version : `${groupNames[group] ?? group}/${version}`;
  expect(decodeProtobuf(envelope({ apiVersion, kind }, bytes))).toEqual({ apiVersion, kind, ...object });
});

const groupNames: Readonly<Record<string, string>> = {
  meta: 'meta.k8s.io',
  flowcontrol: 'flowcontrol.apiserver.k8s.io',
  rbac: 'rbac.authorization.k8s.io',
  ...Object.fromEntries(
    [
      'admission',
      'admissionregistration',
      'apidiscovery',
      'apiextensions',
      'apiregistration',
      'authentication',
      'authorization',
      'certificates',
      'coordination',
      'discovery',
      'events',
      'networking',
      'node',
      'resource',
      'scheduling',
      'storage',
      'storagemigration',
    ].map((group) => [group, `${group}.k8s.io`]),
  ),
};

test('every built-in kind and its list have a message; what others define has none', () => {
  const without = kinds.filter((kind) => messageName(apiVersionOf(kind), kind.kind) === undefined);
  expect(without.map((kind) => `${apiVersionOf(kind)} ${kind.kind}`)).toEqual([]);
  expect(messageName('apps.example.com/v1', 'Deployment')).toBeUndefined();
  expect(messageName('stable.example.com/v1', 'Status')).toBeUndefined();
  expect(messageName('meta.k8s.io/v1', 'Table')).toBeUndefined();
  expect(messageName('meta.k8s.io/v1', 'PartialObjectMetadata')).toBe('meta.v1.PartialObjectMetadata');
});

test('the bytes are those Kubernetes writes', () => {
  // Field by field as api/core/v1/generated.proto numbers them.
  const bytes = encodeMessage('core.v1.ConfigMap', {
    data: { b: '2', a: '1' },
    binaryData: { x: 'AP8=' },
    metadata: { name: 'n', creationTimestamp: '1970-01-01T00:02:07Z' },
    immutable: false,
  });
  expect(bytes.toString('hex')).toBe(
    [
      '0a09', // metadata
      '0a016e', // name
      '4204087f1000', // creationTimestamp: 127 s, 0 ns
      '12060a01611201' + '31', // data a
      '12060a01621201' + '32', // data b
      '1a070a0178120200ff', // binaryData
      '2000', // immutable: a pointer, so false is written
    ].join(''),
  );
  expect(envelope({ apiVersion: 'v1', kind: 'Pod' }, Buffer.from([1, 2])).toString('hex')).toBe(
    '6b3873000a090a0276311203506f64' + '12020102' + '1a002200',
  );
});

test('a list is its items’ bytes behind each other, a watch event its length and its object', () => {
  const items = ['a', 'b'].map((name) => encodeMessage('core.v1.Secret', { metadata: { name } }));
  const identity = { apiVersion: 'v1', kind: 'SecretList' };
  const list = Buffer.concat([...listPieces(identity, { resourceVersion: '7' }, items)]);
  expect(list.toString('hex')).toBe(
    [
      '6b387300', // magic
      '0a10' + '0a027631' + '120a5365637265744c697374', // type
      '1213', // the list's 19 bytes
      '0a03' + '120137', // metadata: resourceVersion
      '1205' + '0a03' + '0a0161', // a
      '1205' + '0a03' + '0a0162', // b
      '1a002200', // content encoding and type
    ].join(''),
  );
  expect(decodeProtobuf(list)).toEqual({
    apiVersion: 'v1',
    kind: 'SecretList',
    metadata: { resourceVersion: '7' },
    items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
  });
  const frame = encodeWatchFrame('ADDED', Buffer.from('object'));
  expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
  expect(frame.subarray(4).toString('latin1')).toBe('\x0a\x05ADDED\x12\x08\x0a\x06object');
});

test('an object that many ask for is encoded once', () => {
  const object = { metadata: { name: 'a' } };
  expect(encodedMessage('core.v1.Secret', object)).toBe(encodedMessage('core.v1.Secret', object));
  expect(encodedMessage('core.v1.Secret', { ...object })).not.toBe(encodedMessage('core.v1.Secret', object));
});

test('an entry is encoded once, however often its value is parsed', () => {
  let parsed = 0;
  const json = '{"metadata":{"name":"a"}}';
  const entry = {
    key: 'a',
    json,
    createRevision: 1,
    modRevision: 1,
    get value(): JsonObject {
      parsed++;
      return JSON.parse(json);
    },
  };
  expect(encodedEntry('core.v1.Secret', entry)).toBe(encodedEntry('core.v1.Secret', entry));
  expect(parsed).toBe(1);
});

test('a value that cannot be encoded leaves nothing behind', () => {
  expect(() => encodeMessage('core.v1.Pod', { metadata: { creationTimestamp: 'noon' } })).toThrow('noon');
  expect(encodeMessage('core.v1.Pod', {}).length).toBe(0);
});
