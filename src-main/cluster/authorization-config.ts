import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { connectionIn, parseAuthorizationConfig } from '../apiserver/auth/authorization-config.ts';
import type { AuthorizerSettings } from '../apiserver/auth/rules.ts';
import { readIfThere } from '../platform/read-if-there.ts';
import { errorCode } from '../platform/system-error.ts';

/** Beside cluster.json; when it is there, it says who decides (`apiserver.config.k8s.io/v1`). */
export const authorizationFile = 'authorization.yaml';

/**
 * Who decides who may do what, in order; undefined when there is no file: the Node authorizer and RBAC. Kubeconfigs are
 * found from the cluster's folder. AppError InvalidArgument names every mistake.
 */
export async function readAuthorizationSettings(
  clusterDir: string,
): Promise<readonly AuthorizerSettings[] | undefined> {
  const path = join(clusterDir, authorizationFile);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const stated = await parseAuthorizationConfig(text, path);
  return Promise.all(
    stated.map(async (authorizer): Promise<AuthorizerSettings> => {
      if (authorizer.type !== 'Webhook') return authorizer;
      const file = resolve(clusterDir, authorizer.kubeConfigFile);
      const connection = await connectionIn(await readKubeconfig(file, path), file);
      return { type: 'Webhook', webhook: { ...authorizer.webhook, connection } };
    }),
  );
}

async function readKubeconfig(file: string, namedIn: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError(
      {
        code: 'InvalidArgument',
        message: `${namedIn} names ${file}, which cannot be read (${errorCode(cause) ?? cause}).`,
        remedy: 'Put the kubeconfig there, or correct the name; then start the cluster again.',
      },
      { cause },
    );
  }
}
