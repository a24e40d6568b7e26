import type { Documents } from '../discovery.ts';
import type { ApiServerResponse } from '../request.ts';
import { type ServiceAccountTokens, tokenIssuer } from './tokens.ts';

const configurationPath = '/.well-known/openid-configuration';
const keysPath = '/openid/v1/jwks';

/**
 * Lets others check service-account tokens: the issuer's discovery document and keys, before the documents of
 * `rest`. `address` is where keys are to be fetched from, `https://host:port`.
 * Source: Kubernetes, "Configure Service Accounts for Pods", "ServiceAccount token issuer discovery".
 */
export function withOpenId(tokens: ServiceAccountTokens, address: () => string, rest: Documents): Documents {
  return {
    async find(request) {
      if (request.path === keysPath) return document(tokens.keySet(), 'application/jwk-set+json');
      if (request.path !== configurationPath) return rest.find(request);
      const configuration = {
        issuer: tokenIssuer,
        jwks_uri: `${address()}${keysPath}`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      };
      return document(configuration, 'application/json');
    },
  };
}

function document(value: object, contentType: string): ApiServerResponse {
  const headers = { 'cache-control': 'public, max-age=3600' };
  return { type: 'raw', code: 200, contentType, body: JSON.stringify(value), headers };
}
