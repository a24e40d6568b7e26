import type { OidcConfig } from '@shared/rpc/cluster-config.ts';
import { type Claims, credentialOf, type JwtSettings, mayNameByMail, textsOf } from './jwt-settings.ts';

/** An issuer by the options of kube-apiserver's `--oidc-…` flags. */
export function oidcSettings(config: OidcConfig): JwtSettings {
  const { issuerUrl, clientId, ca, signingAlgorithms = ['RS256'] } = config;
  return {
    issuerUrl,
    ca,
    audiences: [clientId],
    signingAlgorithms,
    userOf: (claims) => userOf(config, claims),
  };
}

function userOf(config: OidcConfig, claims: Claims) {
  const { issuerUrl, usernameClaim = 'sub', groupsClaim, groupsPrefix = '', requiredClaims = {} } = config;
  const name = claims[usernameClaim];
  if (typeof name !== 'string' || name === '' || !mayNameByMail(usernameClaim, claims)) return undefined;
  if (!Object.entries(requiredClaims).every(([claim, value]) => claims[claim] === value)) return undefined;
  const groups = groupsClaim === undefined ? [] : textsOf(claims[groupsClaim]);
  if (!groups) return undefined;
  const standard = usernameClaim === 'email' ? '' : `${issuerUrl}#`;
  const prefix = config.usernamePrefix === '-' ? '' : (config.usernamePrefix ?? standard);
  return {
    name: `${prefix}${name}`,
    groups: groups.map((group) => `${groupsPrefix}${group}`),
    extra: credentialOf(claims),
  };
}
