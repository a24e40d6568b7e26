import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { encryptionFile } from '../cluster/config-file.ts';
import { parseEncryptionConfig } from '../cluster/encryption-config.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readClusterConfig, readControlPlaneState } from './cluster-files.ts';
import { paths } from './data-dir.ts';

/** `rotate`: a new key first, the old ones for reading. */
export type EncryptionChange = 'on' | 'rotate' | 'off';

type Provider = Readonly<Record<string, unknown>>;

interface EncryptionConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources: readonly {
    readonly resources: readonly string[];
    readonly providers: readonly Provider[];
  }[];
}

/**
 * Switches the encryption of Secrets at rest on or off, or puts a new key before the old ones. Works on the
 * cluster's `encryption.yaml` alone; the next start of its control plane writes everything anew. A file that was
 * made by hand keeps its rules: the change is made to each. AppError InvalidArgument when it cannot be read.
 */
export async function changeEncryption(
  dataDir: string,
  name: string,
  change: EncryptionChange,
): Promise<{ readonly file: string; readonly message: string }> {
  const dir = paths.cluster(dataDir, name);
  readClusterConfig(dir);
  const file = join(dir, encryptionFile);
  const present = existsSync(file) ? await readConfiguration(file) : undefined;
  const next = nextConfiguration(present, change);
  if (next === present)
    return { file, message: `Nothing to change: Secrets are ${present ? '' : 'not '}encrypted.` };
  if (next) await writeFileAtomic(file, stringify(next));
  const when = readControlPlaneState(dir)
    ? `when the cluster starts again: slipway cluster stop ${name} && slipway cluster start ${name}`
    : 'at the next start';
  const what = {
    on: 'Secrets will be encrypted',
    rotate: 'A new key will be used',
    off: 'Secrets will be plain',
  }[change];
  return {
    file,
    message: `${what} ${when}. The keys are in ${file}; without them the cluster cannot be read.`,
  };
}

async function readConfiguration(file: string): Promise<EncryptionConfiguration> {
  const text = await readFile(file, 'utf8');
  parseEncryptionConfig(text, file);
  return parse(text) as EncryptionConfiguration;
}

/** The configuration after the change; the one handed in when there is nothing to change. */
function nextConfiguration(
  present: EncryptionConfiguration | undefined,
  change: EncryptionChange,
): EncryptionConfiguration | undefined {
  if (!present) {
    if (change !== 'on') return undefined;
    const resources = [{ resources: ['secrets'], providers: [newKey(), { identity: {} }] }];
    return { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources };
  }
  const writesPlain = (providers: readonly Provider[]) =>
    providers[0] !== undefined && 'identity' in providers[0];
  if (
    change !== 'rotate' &&
    present.resources.every((rule) => writesPlain(rule.providers) === (change === 'off'))
  ) {
    return present;
  }
  const key = newKey();
  const resources = present.resources.map((rule) => {
    const keys = rule.providers.filter((provider) => !('identity' in provider));
    const providers = {
      on: [...keys, { identity: {} }],
      rotate: [key, ...keys, { identity: {} }],
      off: [{ identity: {} }, ...keys],
    };
    return { ...rule, providers: providers[change] };
  });
  return { ...present, resources };
}

/** A provider with a fresh key of 256 bits. */
function newKey(): Provider {
  const name = `key-${Date.now()}`;
  return { aesgcm: { keys: [{ name, secret: randomBytes(32).toString('base64') }] } };
}
