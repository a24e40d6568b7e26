import type { Seeded } from '../../src-main/testing/seeded.ts';
import { customObject, definition, policy } from './hostile.ts';
import { type Json, mutate, mutateBytes, oddValue } from './mutations.ts';
import { shaped } from './shapes.ts';
import { type Generator, json, jsonType } from './world.ts';

const bytes = (text: string) => Buffer.from(text);
const yamlType = { 'content-type': 'application/yaml' };

const queries: readonly [string, ...string[]] = [
  '',
  '',
  '',
  '?fieldValidation=Strict',
  '?fieldValidation=Warn',
  '?fieldValidation=nonsense',
  '?dryRun=All',
  '?dryRun=All&dryRun=None',
  '?fieldManager=%00',
  `?fieldManager=${'m'.repeat(200)}`,
  '?pretty=true&force=maybe',
];

const create: Generator = (random, { samples }) => {
  const { path, manifest } = random.pick(samples);
  // Of kinds that reach beyond their own object only what would be.
  const reaches =
    /webhook|admissionpolic|apiservices|flowschemas|prioritylevel|nodes|clusterrolebindings/.test(path);
  const query = reaches ? '?dryRun=All' : random.pick(queries);
  return {
    title: 'a changed manifest',
    method: 'POST',
    path: `${path}${query}`,
    headers: { ...jsonType, ...(random.int(8) === 0 && { accept: 'application/vnd.kubernetes.protobuf' }) },
    body: json(mutate(random, manifest)),
  };
};

const replace: Generator = (random, { victims }) => {
  const { path, manifest } = random.pick(victims);
  return {
    title: 'a changed object put',
    method: 'PUT',
    path: `${path}${random.pick(['', '/status', '/scale', ''])}${random.pick(queries)}`,
    headers: jsonType,
    body: json(mutate(random, manifest)),
  };
};

const patchTypes: readonly [string, ...string[]] = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/json-patch+json',
];

const patch: Generator = (random, { victims }) => {
  const { path, manifest } = random.pick(victims);
  const type = random.pick(patchTypes);
  const isApply = type === 'application/apply-patch+yaml';
  const body =
    type === 'application/json-patch+json'
      ? Array.from({ length: 1 + random.int(4) }, () => operation(random))
      : mutate(random, manifest);
  const query = isApply ? `?fieldManager=fuzz&force=${random.int(2) === 0}` : random.pick(queries);
  return {
    title: 'a broken patch',
    method: 'PATCH',
    path: `${path}${random.pick(['', '', '/status', '/scale'])}${query}`,
    headers: { 'content-type': random.int(10) === 0 ? 'application/odd+json' : type },
    body: random.int(10) === 0 ? mutateBytes(random, json(body)) : json(body),
  };
};

const pointers: readonly [string, ...string[]] = [
  '',
  '/',
  '/metadata',
  '/metadata/name',
  '/metadata/labels',
  '/metadata/labels/-',
  '/metadata/__proto__/polluted',
  '/__proto__/polluted',
  '/constructor/prototype/polluted',
  '/spec/template/spec/containers/-',
  '/spec/template/spec/containers/-1',
  '/spec/template/spec/containers/99999999999999999999',
  '/spec/template/spec/containers/0/image',
  '/data/~2',
  '/data/~0~1',
  '/metadata/managedFields',
  '/kind',
  'data',
];

function operation(random: Seeded): Json {
  return {
    op: random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'explode']),
    path: random.pick(pointers),
    from: random.pick(pointers),
    value: oddValue(random),
  };
}

/** Copies of copies: each doubles the object. */
const patchBomb: Generator = (random, { victims }) => ({
  title: 'a patch that doubles the object forty times',
  method: 'PATCH',
  path: random.pick(victims).path,
  headers: { 'content-type': 'application/json-patch+json' },
  body: json(
    Array.from({ length: 40 }, (_, index) => ({
      op: 'copy',
      from: '/metadata',
      path: `/metadata/annotations${index === 0 ? '' : `/${index}`}`,
    })),
  ),
});

const aliasBomb = `a: &a [x,x,x,x,x,x,x,x,x,x]
${'bcdefghij'
  .split('')
  .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghij'[index]}`).join(',')}]`)
  .join('\n')}
`;

/** Bodies that are hard on a reader, whatever they mean. */
const texts: readonly [readonly [string, () => Buffer], ...(readonly [string, () => Buffer])[]] = [
  ['an alias bomb', () => bytes(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n${aliasBomb}`)],
  [
    'a cyclic alias',
    () => bytes('apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: cycle, labels: *m}\n'),
  ],
  ['a cycle at the root', () => bytes('&a [*a]')],
  [
    'YAML merge keys onto the prototype',
    () => bytes('kind: ConfigMap\n<<: {__proto__: {polluted: yes}}\nmetadata: {name: m}\n'),
  ],
  ['a tag for code', () => bytes('!!js/function "function(){}"')],
  ['several documents', () => bytes('kind: ConfigMap\n---\nkind: Secret\n')],
  ['a directive', () => bytes('%YAML 9.9\n%TAG ! tag:x,2000:\n---\n!x {}\n')],
  ['deep flow YAML', () => bytes('['.repeat(50_000))],
  [
    'deep block YAML',
    () => bytes(Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')),
  ],
  [
    'deep JSON arrays',
    () => bytes(`{"kind":"ConfigMap","data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  ],
  ['deep JSON objects', () => bytes(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)],
  [
    'invalid UTF-8',
    () =>
      Buffer.concat([
        bytes('{"kind":"ConfigMap","metadata":{"name":"a'),
        Buffer.from([0xff, 0xc0, 0x80]),
        bytes('"}}'),
      ]),
  ],
  ['a byte order mark', () => bytes('\ufeff{"kind":"ConfigMap"}')],
  ['UTF-16', () => Buffer.from('{"kind":"ConfigMap"}', 'utf16le')],
  [
    'huge numbers',
    () =>
      bytes(`{"kind":"ConfigMap","metadata":{"name":"n","generation":1e99999,"x":${'9'.repeat(100_000)}}}`),
  ],
  [
    'the same key often',
    () =>
      bytes(
        `{"kind":"ConfigMap","metadata":{"name":"k"},"data":{${Array(20_000).fill('"a":"b"').join(',')}}}`,
      ),
  ],
  [
    '3 MB and a bit',
    () =>
      bytes(`{"kind":"ConfigMap","metadata":{"name":"big"},"data":{"a":"${'x'.repeat(3 * 1024 * 1024)}"}}`),
  ],
  [
    'just under 3 MB',
    () =>
      bytes(
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"big"},"data":{"a":"${'x'.repeat(3 * 1024 * 1024 - 200)}"}}`,
      ),
  ],
  [
    '60,000 keys',
    () =>
      json({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'wide' },
        data: Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, 'v'])),
      }),
  ],
  ['nothing but white space', () => bytes(' \n\t'.repeat(1000))],
  ['null', () => bytes('null')],
  ['a number', () => bytes('5')],
  ['an array', () => bytes('[]')],
  ['NUL bytes', () => Buffer.alloc(10_000)],
];

const hardText: Generator = (random, { samples, victims }) => {
  const [title, make] = random.pick(texts);
  const type = random.pick([
    'application/json',
    'application/yaml',
    'application/yaml',
    'application/json; charset=utf-7',
    'application/vnd.kubernetes.protobuf',
    'application/cbor',
    'text/plain',
    'multipart/form-data',
    ';;;',
    'application/apply-patch+yaml',
    'application/merge-patch+json',
  ]);
  const isPatch = /patch/.test(type);
  const path = isPatch
    ? `${random.pick(victims).path}?fieldManager=fuzz`
    : random.pick(['/api/v1/namespaces/fuzz/configmaps', random.pick(samples).path]);
  return { title, method: isPatch ? 'PATCH' : 'POST', path, headers: { 'content-type': type }, body: make() };
};

const tenThousandContainers: Generator = (random) => {
  const containers = Array.from({ length: 10_000 }, (_, index) => ({ name: `c${index}`, image: 'a' }));
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'wide' }, spec: { containers } };
  return {
    title: '10,000 containers',
    method: 'POST',
    path: `/api/v1/namespaces/fuzz/pods${random.pick(['?dryRun=All', '?dryRun=All&fieldValidation=Strict'])}`,
    headers: jsonType,
    body: json(manifest),
  };
};

const protobuf: Generator = (random, { victims }) => {
  const { path, protobuf: good } = random.pick(victims);
  return {
    title: 'broken protobuf',
    method: 'PUT',
    path,
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    body: mutateBytes(random, good),
  };
};

const cutOffYaml: Generator = (random, { samples }) => {
  const { path, manifest } = random.pick(samples);
  return {
    title: 'a cut-off or damaged body',
    method: 'POST',
    path: `${path}?dryRun=All`,
    headers: random.int(2) === 0 ? jsonType : yamlType,
    body: mutateBytes(random, json(manifest)),
  };
};

const paths: readonly [string, ...string[]] = [
  '/..',
  '/api/v1/../../etc/passwd',
  '/api/v1/namespaces/%2e%2e/pods',
  '/api/v1/namespaces/..%2f..%2f/pods',
  '/api/v1/namespaces/default/pods/%00',
  '/api/v1/namespaces/default/pods/%ff%fe',
  '/api/v1/namespaces/default/pods/%',
  '/api/v1/namespaces/default/pods/%zz',
  '//api//v1//pods',
  '/api/v1/namespaces//pods',
  '/api/v1/namespaces/default/pods//',
  '/api/v1/namespaces/default/pods/__proto__',
  '/api/v1/__proto__',
  '/apis/__proto__/v1/constructor',
  '/apis/constructor/prototype/toString',
  '/apis/apps/v1/namespaces/default/deployments/constructor/scale',
  `/api/v1/namespaces/default/pods/${'a'.repeat(8000)}`,
  `/${'a/'.repeat(5000)}`,
  '/api/v1/namespaces/default/pods/a/b/c/d/e/f',
  '/openapi/v3/apis/__proto__',
  '/openapi/v3/../../x',
  '/metrics/../api',
  '/.well-known/../openid/v1/jwks',
  '/api/v1/namespaces/default/services/https:a:b:c/proxy/../..',
  '/api/v1/nodes/nope/proxy/%2e%2e/secret',
  '/api/v1/proxy',
  '*',
  '/?a=%',
  '/api/v1/pods?%00=%00&=&&&&',
  '/healthz/%2e%2e/x?exclude=__proto__',
];

const listQueries: readonly [string, ...string[]] = [
  'limit=-1',
  'limit=99999999999999999999',
  'limit=x',
  'limit=1&continue=garbage',
  `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../../x"}').toString('base64url')}`,
  `continue=${Buffer.from('{"__proto__":{"rv":1}}').toString('base64url')}`,
  'resourceVersion=99999999999999999999',
  'resourceVersion=-1&resourceVersionMatch=Exact',
  'resourceVersion=999999999999&resourceVersionMatch=NotOlderThan&timeoutSeconds=1',
  'resourceVersionMatch=Never',
  'labelSelector=a in (',
  `labelSelector=${'a,'.repeat(3000)}b`,
  `labelSelector=${'('.repeat(3000)}`,
  'labelSelector=__proto__=x,!constructor',
  'fieldSelector=metadata.__proto__=x',
  'fieldSelector=spec.nodeName=a=b==c',
  'fieldSelector=%5c%5c,%5c=',
  'watch=true&timeoutSeconds=1&resourceVersion=1',
  'watch=true&timeoutSeconds=-5',
  'watch=true&timeoutSeconds=1&sendInitialEvents=true',
  'watch=1&timeoutSeconds=1&resourceVersion=abc',
  'watch=true&timeoutSeconds=1&labelSelector=%ff',
];

const accepts: readonly [string, ...string[]] = [
  '*/*',
  '',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v99;g=__proto__',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/cbor',
  'text/html',
  ';q=x,;;,*/json;q=99',
  Array(1000).fill('application/json;q=0.1').join(','),
];

const oddPath: Generator = (random, { samples, victims }) => ({
  title: 'an odd path or query',
  method: random.pick(['GET', 'GET', 'GET', 'DELETE', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'PROPFIND', 'HEAD']),
  path: random.pick([
    random.pick(paths),
    `${random.pick(victims).path}/${random.pick(['log', 'exec', 'attach', 'portforward', 'proxy', 'eviction', 'binding', 'token', 'finalize', 'approval', 'resize', '__proto__'])}`,
  ]),
  headers: { accept: random.pick(accepts), ...(random.int(2) === 0 && jsonType) },
  ...(random.int(3) === 0 && {
    body: json({ kind: 'Status', x: oddValue(random), s: random.pick(samples).path }),
  }),
});

const list: Generator = (random, { samples }) => ({
  title: 'an odd list or watch',
  method: 'GET',
  path: `${random.pick(samples).path}?${random.pick(listQueries).replaceAll(' ', '%20')}`,
  headers: { accept: random.pick(accepts) },
});

const oddDelete: Generator = (random) => ({
  title: 'odd delete options',
  method: 'DELETE',
  path: `/api/v1/namespaces/fuzz/configmaps/${random.pick(['nope', '__proto__'])}?gracePeriodSeconds=${random.pick(['-1', 'x', '1e9', ''])}&propagationPolicy=${random.pick(['Foreground', 'x', ''])}`,
  headers: jsonType,
  body: json(
    mutate(random, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { uid: 'x', resourceVersion: '5' },
      gracePeriodSeconds: 5,
    }),
  ),
});

const headers: Generator = (random) => {
  const choices: readonly [Record<string, string | string[]>, ...Record<string, string | string[]>[]] = [
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, 'y'])),
    Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x-${index}`, 'y'.repeat(3000)])),
    { authorization: 'Bearer ' },
    { authorization: `Bearer ${'a.'.repeat(5000)}` },
    {
      authorization: `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"__proto__"}').toString('base64url')}.`,
    },
    { authorization: 'Basic Og==' },
    { authorization: 'Negotiate \u00ff' },
    { 'impersonate-user': '' },
    { 'impersonate-group': ['system:masters'] },
    {
      'impersonate-user': 'x'.repeat(5000),
      'impersonate-extra-%zz': 'a',
      'impersonate-extra-__proto__': 'b',
    },
    { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters' },
    { 'if-none-match': '"'.repeat(1000) },
    { 'accept-encoding': 'br;q=nonsense, gzip;q=-1, __proto__' },
    { 'audit-id': '\u00e9'.repeat(500) },
    { 'x-forwarded-for': '::'.repeat(1000) },
    { expect: '200-maybe' },
    { connection: 'Upgrade', upgrade: 'websocket' },
    { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v99.channel.k8s.io' },
    { connection: 'Upgrade', upgrade: 'h2c' },
  ];
  return {
    title: 'odd headers',
    method: random.pick(['GET', 'POST']),
    path: random.pick(['/api/v1/namespaces/fuzz/configmaps', '/openapi/v2', '/api', '/version']),
    headers: random.pick(choices),
  };
};

/** What takes a server some tenths of a second, rightly. */
const heavy: Generator = (random, world) =>
  random.pick([patchBomb, patchBomb, tenThousandContainers])(random, world);

/** The ordinary ones stand here several times, the heavy ones once. */
const generators: readonly [Generator, ...Generator[]] = [
  create,
  ...[create, create, create, create, create],
  ...[replace, replace, replace, patch, patch, patch, patch],
  ...[protobuf, protobuf, cutOffYaml, cutOffYaml],
  ...[oddPath, oddPath, oddPath, list, list, list],
  ...[oddDelete, headers, headers, customObject, customObject],
  ...[hardText, hardText, hardText, definition, definition, policy, heavy],
  ...Array<Generator>(20).fill(shaped),
];

export const generate: Generator = (random, world) => random.pick(generators)(random, world);
