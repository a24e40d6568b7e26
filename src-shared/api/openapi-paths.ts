import type { Json, JsonObject } from '../lib/types.ts';
import { apiVersionOf } from './meta.ts';
import type { Dialect, SchemaWriter } from './openapi-schema.ts';
import { type ServedKind, subresourcesOf } from './served-kind.ts';

interface Body {
  readonly schema: string;
}

interface Operation {
  /** What Kubernetes calls it: `list`, `post`, `connect`, … */
  readonly action: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly verb: string;
  /** How the operation's id begins. */
  readonly prefix: string;
  readonly parameters: readonly string[];
  readonly body?: 'object' | 'patch' | 'delete-options';
  readonly answer: 'object' | 'list' | 'status' | 'deleted';
  /** Codes of success besides 200. */
  readonly codes?: readonly ('201' | '202')[];
}

const writing = ['dryRun', 'fieldManager', 'fieldValidation'];
const listing = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
];
const watching = ['resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds', 'watch'];
const deleting = ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'];

const list: Operation = {
  action: 'list',
  method: 'get',
  verb: 'list',
  prefix: 'list',
  parameters: [...listing, ...watching],
  answer: 'list',
};
const collectionOperations: readonly Operation[] = [
  list,
  {
    action: 'post',
    method: 'post',
    verb: 'create',
    prefix: 'create',
    parameters: writing,
    body: 'object',
    answer: 'object',
    codes: ['201', '202'],
  },
  {
    action: 'deletecollection',
    method: 'delete',
    verb: 'deletecollection',
    prefix: 'deleteCollection',
    parameters: [...deleting, 'continue', 'fieldSelector', 'labelSelector', 'limit'],
    body: 'delete-options',
    answer: 'status',
  },
];
const itemOperations: readonly Operation[] = [
  { action: 'get', method: 'get', verb: 'get', prefix: 'read', parameters: [], answer: 'object' },
  {
    action: 'put',
    method: 'put',
    verb: 'update',
    prefix: 'replace',
    parameters: writing,
    body: 'object',
    answer: 'object',
    codes: ['201'],
  },
  {
    action: 'patch',
    method: 'patch',
    verb: 'patch',
    prefix: 'patch',
    parameters: [...writing, 'force'],
    body: 'patch',
    answer: 'object',
    codes: ['201'],
  },
  {
    action: 'delete',
    method: 'delete',
    verb: 'delete',
    prefix: 'delete',
    parameters: deleting,
    body: 'delete-options',
    answer: 'deleted',
    codes: ['202'],
  },
];
const postItem: Operation = {
  action: 'post',
  method: 'post',
  verb: 'create',
  prefix: 'create',
  parameters: writing,
  body: 'object',
  answer: 'object',
  codes: ['201', '202'],
};

const integers = new Set(['limit', 'timeoutSeconds', 'gracePeriodSeconds']);
const booleans = new Set(['allowWatchBookmarks', 'watch', 'force', 'sendInitialEvents']);
const patchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

interface Endpoint {
  readonly path: string;
  readonly operations: readonly Operation[];
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Undefined where the body is no API object. */
  readonly schema: string | undefined;
  readonly returnsDeleted?: boolean;
  /** What operation ids end in, `NamespacedDeploymentStatus`. */
  readonly idSuffix: string;
}

/** All paths of a kind with the operations it serves. */
export function pathsOfKind(
  kind: ServedKind,
  writer: SchemaWriter,
  dialect: Dialect,
): Record<string, JsonObject> {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpointsOf(kind)) {
    const item: Record<string, Json> = {};
    for (const operation of endpoint.operations) {
      item[operation.method] = writeOperation({ kind, endpoint, operation }, writer, dialect);
    }
    const parameters = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
      parameter(dialect, name, 'path'),
    );
    if (Object.keys(item).length > 0)
      paths[endpoint.path] = { ...item, ...(parameters.length > 0 && { parameters }) };
  }
  return paths;
}

function endpointsOf(kind: ServedKind): Endpoint[] {
  const base = `/${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
  const scope = kind.namespaced ? 'Namespaced' : '';
  const collection = `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
  const { returnsDeletedObject: returnsDeleted = false } = kind;
  const own = { kind, schema: kind.schema, returnsDeleted };
  const serves = (operation: Operation) => kind.verbs.includes(operation.verb);
  const endpoints: Endpoint[] = [
    {
      ...own,
      path: collection,
      operations: collectionOperations.filter(serves),
      idSuffix: `${scope}${kind.kind}`,
    },
    {
      ...own,
      path: `${collection}/{name}`,
      operations: itemOperations.filter(serves),
      idSuffix: `${scope}${kind.kind}`,
    },
  ];
  if (kind.namespaced && serves(list)) {
    endpoints.push({
      ...own,
      path: `${base}/${kind.plural}`,
      operations: [list],
      idSuffix: `${kind.kind}ForAllNamespaces`,
    });
  }
  for (const subresource of subresourcesOf(kind)) {
    endpoints.push({
      path: `${collection}/{name}/${subresource.name}`,
      operations: [...itemOperations, postItem].filter(({ verb }) => subresource.verbs.includes(verb)),
      kind: subresource.kind,
      schema: subresource.schema,
      idSuffix: `${scope}${kind.kind}${subresource.name.charAt(0).toUpperCase()}${subresource.name.slice(1)}`,
    });
  }
  return endpoints;
}

interface Written {
  readonly kind: ServedKind;
  readonly endpoint: Endpoint;
  readonly operation: Operation;
}

function writeOperation(
  { kind, endpoint, operation }: Written,
  writer: SchemaWriter,
  dialect: Dialect,
): JsonObject {
  const parameters = operation.parameters.map((name) => parameter(dialect, name, 'query'));
  const answer = answerSchema(endpoint, operation);
  const body = bodySchema(endpoint, operation);
  const codes = endpoint.schema === undefined ? [] : (operation.codes ?? []);
  const { group, version } = kind;
  const groupName = group === '' ? 'core' : (group.split('.')[0] ?? '');
  const gvk = { group: endpoint.kind.group, kind: endpoint.kind.kind, version: endpoint.kind.version };
  const common = {
    operationId: `${operation.prefix}${capitalize(groupName)}${capitalize(version)}${endpoint.idSuffix}`,
    tags: [`${groupName}_${version}`],
    'x-kubernetes-action': endpoint.schema === undefined ? 'connect' : operation.action,
    'x-kubernetes-group-version-kind': gvk,
  };
  const answerRef = answer && writer.ref(answer.schema);
  if (dialect === 2) {
    if (body)
      parameters.push({
        in: 'body',
        name: 'body',
        required: operation.body !== 'delete-options',
        schema: writer.ref(body.schema),
      });
    return {
      ...common,
      consumes: operation.body === 'patch' ? patchTypes : ['*/*'],
      produces: ['application/json', 'application/yaml'],
      ...(parameters.length > 0 && { parameters }),
      responses: responsesOf(codes, { schema: answerRef ?? { type: 'string' } }),
    };
  }
  const bodyTypes = operation.body === 'patch' ? patchTypes : ['*/*'];
  return {
    ...common,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: contentOf(bodyTypes, writer.ref(body.schema)) } }),
    responses: responsesOf(codes, {
      content: contentOf(['application/json', 'application/yaml'], answerRef ?? { type: 'string' }),
    }),
  };
}

const descriptions = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const;

function responsesOf(codes: NonNullable<Operation['codes']>, content: JsonObject): JsonObject {
  const all = ['200', ...codes] as const;
  const answers = all.map((code) => [code, { description: descriptions[code], ...content }] as const);
  return { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } };
}

function contentOf(types: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function answerSchema({ schema, returnsDeleted }: Endpoint, { answer }: Operation): Body | undefined {
  if (schema === undefined) return undefined;
  if (answer === 'status' || (answer === 'deleted' && !returnsDeleted)) return { schema: `${meta}.Status` };
  return { schema: answer === 'list' ? `${schema}List` : schema };
}

function bodySchema({ schema }: Endpoint, { body }: Operation): Body | undefined {
  if (body === 'delete-options') return { schema: `${meta}.DeleteOptions` };
  if (body === 'patch') return { schema: `${meta}.Patch` };
  return body && schema !== undefined ? { schema } : undefined;
}

function parameter(dialect: Dialect, name: string, location: 'path' | 'query'): JsonObject {
  const type = integers.has(name) ? 'integer' : booleans.has(name) ? 'boolean' : 'string';
  const shape = { type, uniqueItems: true };
  return {
    in: location,
    name,
    ...(location === 'path' && { required: true }),
    ...(dialect === 2 ? shape : { schema: shape }),
  };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
