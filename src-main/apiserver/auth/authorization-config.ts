import { isDnsSubdomain } from '@shared/api/names.ts';
import { type CelProgram, compileCel, createCelEnvironment } from '../cel/cel.ts';
import { type ConfigReader, readYamlConfig } from './config-reader.ts';
import type { AuthorizerSettings } from './rules.ts';
import type { WebhookAuthorizerSettings, WebhookConnection } from './webhook-authorizer.ts';

/** An authorizer of the file, whose kubeconfig is still to be read. */
export type StatedAuthorizer =
  | Exclude<AuthorizerSettings, { readonly type: 'Webhook' }>
  | { readonly type: 'Webhook'; readonly kubeConfigFile: string; readonly webhook: StatedWebhook };

type StatedWebhook = Omit<WebhookAuthorizerSettings, 'connection'>;

const types = ['Webhook', 'Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'] as const;
const maxTimeoutMs = 30_000;

/**
 * Reads an `AuthorizationConfiguration`. AppError InvalidArgument names every mistake in it; `path` is named in the error.
 * Source: Kubernetes, "Authorization", "Using Configuration File for Authorization".
 */
export function parseAuthorizationConfig(text: string, path: string): Promise<readonly StatedAuthorizer[]> {
  return readYamlConfig(text, path, (reader, value) => {
    const config = reader.object(value, '', ['apiVersion', 'kind', 'authorizers']);
    if (config.kind !== 'AuthorizationConfiguration' || config.apiVersion !== 'apiserver.config.k8s.io/v1')
      reader.refuse('kind', 'must be AuthorizationConfiguration of apiserver.config.k8s.io/v1');
    const stated = reader.list(config.authorizers, 'authorizers');
    if (stated.length === 0)
      reader.refuse('authorizers', 'Required value: at least one authorization mode must be defined');
    const read = stated.flatMap((item, i) => readAuthorizer(reader, item, `authorizers[${i}]`) ?? []);
    checkRepeated(reader, read);
    return read;
  });
}

function checkRepeated(reader: ConfigReader, authorizers: readonly StatedAuthorizer[]): void {
  const names = authorizers.map((one) => (one.type === 'Webhook' ? `webhook ${one.webhook.name}` : one.type));
  for (const name of new Set(names.filter((one, i) => names.indexOf(one) !== i)))
    reader.refuse('authorizers', `Duplicate value: ${JSON.stringify(name)}`);
}

function readAuthorizer(reader: ConfigReader, value: unknown, at: string): StatedAuthorizer | undefined {
  const authorizer = reader.object(value, at, ['type', 'name', 'webhook']);
  const type = reader.oneOf(authorizer.type, `${at}.type`, types);
  const name = reader.required(authorizer.name, `${at}.name`);
  if (name !== '' && !isDnsSubdomain(name))
    reader.refuse(`${at}.name`, 'is invalid, must be a DNS subdomain');
  if (type === 'Webhook') return readWebhook(reader, authorizer.webhook, { at: `${at}.webhook`, name });
  if (authorizer.webhook !== undefined)
    reader.refuse(`${at}.webhook`, 'may only be specified when type=Webhook');
  return type && { type };
}

const webhookFields = [
  'authorizedTTL',
  'cacheAuthorizedRequests',
  'unauthorizedTTL',
  'cacheUnauthorizedRequests',
  'timeout',
  'subjectAccessReviewVersion',
  'matchConditionSubjectAccessReviewVersion',
  'failurePolicy',
  'connectionInfo',
  'matchConditions',
];

function readWebhook(
  reader: ConfigReader,
  value: unknown,
  { at, name }: { readonly at: string; readonly name: string },
): StatedAuthorizer {
  if (value === undefined) reader.refuse(at, 'Required value');
  const webhook = reader.object(value, at, webhookFields);
  const timeoutMs = reader.duration(webhook.timeout, `${at}.timeout`);
  if (timeoutMs === undefined || timeoutMs <= 0) reader.refuse(`${at}.timeout`, 'Required value');
  else if (timeoutMs > maxTimeoutMs) reader.refuse(`${at}.timeout`, 'must be less than or equal to 30s');
  reader.oneOf(webhook.subjectAccessReviewVersion, `${at}.subjectAccessReviewVersion`, ['v1']);
  const failurePolicy = reader.oneOf(webhook.failurePolicy, `${at}.failurePolicy`, ['NoOpinion', 'Deny']);
  const info = reader.object(webhook.connectionInfo, `${at}.connectionInfo`, ['type', 'kubeConfigFile']);
  reader.oneOf(info.type, `${at}.connectionInfo.type`, ['KubeConfigFile']);
  const kubeConfigFile = reader.required(info.kubeConfigFile, `${at}.connectionInfo.kubeConfigFile`);
  const keep = (field: string, ttl: string, otherwise: number) => {
    if (webhook[field] !== undefined && !reader.flag(webhook[field], `${at}.${field}`)) return 0;
    return reader.duration(webhook[ttl], `${at}.${ttl}`) ?? otherwise;
  };
  const conditions = reader.list(webhook.matchConditions, `${at}.matchConditions`);
  if (conditions.length > 0) {
    const field = 'matchConditionSubjectAccessReviewVersion';
    reader.oneOf(webhook[field], `${at}.${field}`, ['v1']);
  }
  return {
    type: 'Webhook',
    kubeConfigFile,
    webhook: {
      name,
      timeoutMs: timeoutMs ?? 0,
      allowedMs: keep('cacheAuthorizedRequests', 'authorizedTTL', 300_000),
      refusedMs: keep('cacheUnauthorizedRequests', 'unauthorizedTTL', 30_000),
      failurePolicy: failurePolicy ?? 'Deny',
      matchConditions: conditions.flatMap(
        (condition, i) => readCondition(reader, condition, `${at}.matchConditions[${i}]`) ?? [],
      ),
    },
  };
}

function readCondition(reader: ConfigReader, value: unknown, at: string): CelProgram | undefined {
  const text = reader.required(reader.object(value, at, ['expression']).expression, `${at}.expression`);
  if (text === '') return undefined;
  const program = compileCel(text, createCelEnvironment({ request: 'dyn' }));
  if (program.type === 'error') {
    reader.refuse(`${at}.expression`, `compilation failed: ${program.message}`);
    return undefined;
  }
  if (program.resultType !== 'bool' && program.resultType !== 'dyn')
    reader.refuse(`${at}.expression`, 'must evaluate to bool');
  return program;
}

/** Where the current context of a kubeconfig leads, with what is given in it itself. AppError InvalidArgument. */
export function connectionIn(text: string, path: string): Promise<WebhookConnection> {
  return readYamlConfig(text, path, (reader, value) => {
    const config = value as Readonly<Record<string, unknown>> | null;
    const named = (list: string, field: string, name: unknown) => {
      const items = reader.list(config?.[list], list) as readonly (Readonly<
        Record<string, unknown>
      > | null)[];
      const found = items.find((item) => item?.name === name)?.[field];
      if (found === undefined) reader.refuse(list, `none is named ${JSON.stringify(name)}`);
      return (found ?? {}) as Readonly<Record<string, unknown>>;
    };
    const context = named('contexts', 'context', config?.['current-context']);
    const cluster = named('clusters', 'cluster', context.cluster);
    const user = context.user === undefined ? {} : named('users', 'user', context.user);
    const decoded = (part: Readonly<Record<string, unknown>>, field: string) => {
      const data = reader.text(part[`${field}-data`], `${field}-data`);
      if (part[field] !== undefined) reader.refuse(field, `is not read; use ${field}-data`);
      return data === '' ? undefined : Buffer.from(data, 'base64').toString('utf8');
    };
    const token = reader.text(user.token, 'token');
    const url = reader.address(cluster.server, 'server');
    if (url === '') reader.refuse('server', 'Required value');
    return {
      url,
      ca: decoded(cluster, 'certificate-authority'),
      cert: decoded(user, 'client-certificate'),
      key: decoded(user, 'client-key'),
      token: token === '' ? undefined : token,
    };
  });
}
