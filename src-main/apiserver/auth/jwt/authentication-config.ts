import { type ConfigReader, readYamlConfig } from '../config-reader.ts';
import { readUserOf } from './claim-mappings.ts';
import type { JwtSettings } from './jwt-settings.ts';

/** Whom the server knows beside its own tokens and certificates. */
export interface StructuredAuthentication {
  readonly jwt: readonly JwtSettings[];
  /** Undefined: as it is otherwise. */
  readonly anonymous: AnonymousPolicy | undefined;
}

/** Whether requests without credentials are served: all, none, or those for certain paths. */
export type AnonymousPolicy = boolean | { readonly paths: readonly string[] };

const apiVersions: readonly unknown[] = ['v1', 'v1beta1'].map(
  (version) => `apiserver.config.k8s.io/${version}`,
);
const maxIssuers = 64;

/**
 * Reads an `AuthenticationConfiguration`. AppError InvalidArgument names every mistake in it; `path` is named in the error.
 * Source: Kubernetes, "Authenticating", "Using Authentication Configuration".
 */
export function parseAuthenticationConfig(
  text: string,
  path: string,
  ownIssuer: string,
): Promise<StructuredAuthentication> {
  return readYamlConfig(text, path, (reader, config) => readConfig(reader, config, ownIssuer));
}

function readConfig(reader: ConfigReader, value: unknown, ownIssuer: string): StructuredAuthentication {
  const config = reader.object(value, '', ['apiVersion', 'kind', 'jwt', 'anonymous']);
  if (config.kind !== 'AuthenticationConfiguration' || !apiVersions.includes(config.apiVersion))
    reader.refuse('kind', 'must be AuthenticationConfiguration of apiserver.config.k8s.io/v1');
  const jwt = reader.list(config.jwt, 'jwt').map((item, i) => readJwt(reader, item, `jwt[${i}]`));
  if (jwt.length > maxIssuers) reader.refuse('jwt', `must have at most ${maxIssuers} items`);
  const urls = [ownIssuer, ...jwt.map(({ issuerUrl }) => issuerUrl)];
  for (const [i, { issuerUrl }] of jwt.entries())
    if (urls.indexOf(issuerUrl) <= i)
      reader.refuse(`jwt[${i}].issuer.url`, `Duplicate value: ${JSON.stringify(issuerUrl)}`);
  return { jwt, anonymous: readAnonymous(reader, config.anonymous) };
}

function readJwt(reader: ConfigReader, value: unknown, at: string): JwtSettings {
  const fields = ['issuer', 'claimValidationRules', 'claimMappings', 'userValidationRules'];
  const authenticator = reader.object(value, at, fields);
  const place = `${at}.issuer`;
  const issuer = reader.object(authenticator.issuer, place, [
    'url',
    'discoveryURL',
    'certificateAuthority',
    'audiences',
    'audienceMatchPolicy',
  ]);
  const issuerUrl = reader.address(issuer.url, `${place}.url`);
  if (issuerUrl === '') reader.refuse(`${place}.url`, 'Required value');
  const discoveryUrl = reader.address(issuer.discoveryURL, `${place}.discoveryURL`);
  if (discoveryUrl !== '' && discoveryUrl.replace(/\/+$/, '') === issuerUrl.replace(/\/+$/, ''))
    reader.refuse(`${place}.discoveryURL`, 'discoveryURL must be different from URL');
  const ca = reader.text(issuer.certificateAuthority, `${place}.certificateAuthority`);
  return {
    issuerUrl,
    ...(discoveryUrl !== '' && { discoveryUrl }),
    ...(ca !== '' && { ca }),
    audiences: readAudiences(reader, issuer, place),
    signingAlgorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
    userOf: readUserOf(reader, authenticator, at),
  };
}

function readAudiences(
  reader: ConfigReader,
  { audiences: value, audienceMatchPolicy }: Readonly<Record<string, unknown>>,
  at: string,
): readonly string[] {
  const audiences = reader
    .list(value, `${at}.audiences`)
    .map((item, i) => reader.required(item, `${at}.audiences[${i}]`));
  const policy = reader.text(audienceMatchPolicy, `${at}.audienceMatchPolicy`);
  if (audiences.length === 0) reader.refuse(`${at}.audiences`, `Required value: at least one is required`);
  if (new Set(audiences).size < audiences.length)
    reader.refuse(`${at}.audiences`, 'must not repeat themselves');
  if (policy !== 'MatchAny' && (policy !== '' || audiences.length > 1))
    reader.refuse(`${at}.audienceMatchPolicy`, 'audienceMatchPolicy must be MatchAny for multiple audiences');
  return audiences;
}

function readAnonymous(reader: ConfigReader, value: unknown): AnonymousPolicy | undefined {
  if (value === undefined) return undefined;
  const anonymous = reader.object(value, 'anonymous', ['enabled', 'conditions']);
  const isEnabled = reader.flag(anonymous.enabled, 'anonymous.enabled');
  const paths = reader.list(anonymous.conditions, 'anonymous.conditions').map((condition, i) => {
    const at = `anonymous.conditions[${i}]`;
    return reader.required(reader.object(condition, at, ['path']).path, `${at}.path`);
  });
  if (!isEnabled && paths.length > 0)
    reader.refuse('anonymous.conditions', 'enabled should be set to true when conditions are defined');
  return paths.length > 0 ? { paths } : isEnabled;
}
