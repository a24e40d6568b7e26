import { AppError } from '@shared/lib/app-error.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { parse } from 'yaml';
import { readIfThere } from '../platform/read-if-there.ts';
import { createSealer, type Sealer, type SealingKey, type SealingRule } from '../store/seal.ts';

/**
 * Reads an `EncryptionConfiguration` (apiserver.config.k8s.io/v1) with the providers `aesgcm` and `identity`; see
 * https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/. The provider named first writes, all read; at
 * the next start of the control plane everything is written anew in the first one's way. Undefined when there is
 * no such file: nothing is encrypted and nothing costs. AppError InvalidArgument names the
 * entry that is wrong.
 */
export async function readEncryptionConfig(path: string): Promise<Sealer | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  return createSealer(parseEncryptionConfig(text, path));
}

/** The rules in the text of an `EncryptionConfiguration`; `path` is named in errors. */
export function parseEncryptionConfig(text: string, path: string): SealingRule[] {
  const refuse = (what: string, cause?: unknown): AppError =>
    new AppError(
      {
        code: 'InvalidArgument',
        message: `${path}: ${what}.`,
        remedy: 'Correct the file, then start the cluster again; nothing was changed.',
      },
      { cause },
    );
  let config: unknown;
  try {
    config = parse(text);
  } catch (cause) {
    throw refuse(`not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (
    !isJsonObject(config) ||
    config.kind !== 'EncryptionConfiguration' ||
    !Array.isArray(config.resources)
  ) {
    throw refuse('kind must be EncryptionConfiguration, with a list "resources"');
  }
  return config.resources.map((rule: unknown, index) => {
    const at = `resources[${index}]`;
    if (!isJsonObject(rule) || !Array.isArray(rule.resources) || !Array.isArray(rule.providers)) {
      throw refuse(`${at} must have the lists "resources" and "providers"`);
    }
    const providers = rule.providers.map((provider: unknown, i) => {
      const read = readProvider(provider);
      if (typeof read === 'string') throw refuse(`${at}.providers[${i}]: ${read}`);
      return read;
    });
    if (providers.length === 0) throw refuse(`${at}.providers must name one provider at least`);
    return {
      prefixes: rule.resources.map((resource: unknown) => prefixOf(String(resource))),
      keys: providers.flat(),
      writePlain: providers[0]?.length === 0,
    };
  });
}

/** The keys of a provider, none for `identity`; a sentence when it is not one that can be had here. */
function readProvider(provider: unknown): SealingKey[] | string {
  if (!isJsonObject(provider)) return 'must be a mapping';
  if ('identity' in provider) return [];
  const { aesgcm } = provider;
  if (!isJsonObject(aesgcm))
    return `only "aesgcm" and "identity" are known, not ${JSON.stringify(Object.keys(provider))}`;
  if (!Array.isArray(aesgcm.keys) || aesgcm.keys.length === 0)
    return 'aesgcm.keys must name one key at least';
  const keys: SealingKey[] = [];
  for (const [index, key] of aesgcm.keys.entries()) {
    if (!isJsonObject(key) || typeof key.name !== 'string' || typeof key.secret !== 'string') {
      return `aesgcm.keys[${index}] must have "name" and "secret"`;
    }
    if (!/^[A-Za-z0-9._-]+$/.test(key.name))
      return `aesgcm.keys[${index}].name has letters, digits, ".", "_" and "-" only`;
    const secret = Buffer.from(key.secret, 'base64');
    if (![16, 24, 32].includes(secret.length)) {
      return `aesgcm.keys[${index}].secret must be 16, 24 or 32 bytes in base64, not ${secret.length}`;
    }
    keys.push({ name: key.name, secret });
  }
  return keys;
}

/** `secrets` → `/registry/secrets/`, `deployments.apps` → `/registry/apps/deployments/`, `*.apps`, `*.*`. */
function prefixOf(resource: string): string {
  if (resource === '*.*') return '/registry/';
  const dot = resource.indexOf('.');
  if (dot < 0) return `/registry/${resource}/`;
  const [plural, group] = [resource.slice(0, dot), resource.slice(dot + 1)];
  return plural === '*' ? `/registry/${group}/` : `/registry/${group}/${plural}/`;
}
