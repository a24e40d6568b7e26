import type { Environment } from '@marcbachmann/cel-js';

const kind = { group: 'string', version: 'string', kind: 'string' };
const resource = { group: 'string', version: 'string', resource: 'string' };

/** The type of the variable `request`; its values are maps. Source: apiserver, `BuildRequestType`. */
export const requestType = 'kubernetes.AdmissionRequest';

const schema = {
  kind,
  resource,
  subResource: 'string',
  requestKind: kind,
  requestResource: resource,
  requestSubResource: 'string',
  name: 'string',
  namespace: 'string',
  operation: 'string',
  userInfo: {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  dryRun: 'bool',
  options: 'dyn',
};

/** The type of the variable `namespaceObject`; its values are maps. Source: apiserver, `BuildNamespaceType`. */
export const namespaceType = 'kubernetes.Namespace';

/** Stands for null, which a variable with a type cannot be: equal to it, and without members. */
export const noNamespace: ReadonlyMap<string, unknown> = new Map();

const timestamp = 'google.protobuf.Timestamp';
const conditionType = 'kubernetes.NamespaceCondition';

const conditionSchema = {
  status: 'string',
  type: 'string',
  lastTransitionTime: timestamp,
  message: 'string',
  reason: 'string',
};

const namespaceSchema = {
  metadata: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    labels: 'map<string, string>',
    annotations: 'map<string, string>',
    UID: 'string', // so written in Kubernetes
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: 'int',
    deletionTimestamp: timestamp,
    generation: 'int',
    resourceVersion: 'string',
    finalizers: 'list<string>',
  },
  spec: { finalizers: 'list<string>' },
  status: { conditions: `list<${conditionType}>`, phase: 'string' },
};

/** Values are copies of what they were made of, and every namespace has metadata. */
const isNothing = (value: ReadonlyMap<string, unknown>) => value.get('metadata') === undefined;

/** Declares {@link requestType} and {@link namespaceType}. */
export function declareVariableTypes(environment: Environment): void {
  environment.registerType(requestType, { schema });
  environment.registerType(conditionType, { schema: conditionSchema });
  environment.registerType(namespaceType, { schema: namespaceSchema });
  environment.registerOperator(`${namespaceType} == null`, isNothing);
}
