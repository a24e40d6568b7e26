import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import type { AuthenticationConfig } from '@shared/rpc/cluster-config.ts';
import { parseAuthenticationConfig } from '../apiserver/auth/jwt/authentication-config.ts';
import { oidcSettings } from '../apiserver/auth/jwt/oidc-settings.ts';
import { tokenIssuer } from '../apiserver/auth/tokens.ts';
import type { AuthenticationSettings } from '../apiserver/server.ts';
import { readIfThere } from '../platform/read-if-there.ts';

/** Beside cluster.json; when it is there, it says whose tokens hold (`apiserver.config.k8s.io/v1`). */
export const authenticationFile = 'authentication.yaml';

/**
 * Who is let in beside the cluster's own: by the file, and by `authentication` in cluster.json. AppError InvalidArgument
 * names every mistake in the file, and what both of them speak of.
 */
export async function readAuthenticationSettings(
  clusterDir: string,
  config: AuthenticationConfig = {},
): Promise<AuthenticationSettings> {
  const { anonymous, oidc, tokenWebhook } = config;
  const path = join(clusterDir, authenticationFile);
  const text = await readIfThere(path);
  const rest = tokenWebhook ? { tokenWebhook } : {};
  if (text === undefined)
    return { ...rest, jwt: oidc ? [oidcSettings(oidc)] : [], anonymous: anonymous ?? true };
  const read = await parseAuthenticationConfig(text, path, tokenIssuer);
  if (oidc) throw doubled(path, 'oidc');
  if (anonymous !== undefined && read.anonymous !== undefined) throw doubled(path, 'anonymous');
  return { ...rest, jwt: read.jwt, anonymous: read.anonymous ?? anonymous ?? true };
}

function doubled(path: string, field: string): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `${path} is there, and cluster.json has authentication.${field} as well.`,
    remedy: 'Keep one of them, then start the cluster again.',
  });
}
