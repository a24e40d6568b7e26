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

/** Declares {@link requestType}. */
export function declareRequest(environment: Environment): void {
  environment.registerType(requestType, { schema });
}
