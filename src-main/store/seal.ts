import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '@shared/lib/app-error.ts';

/**
 * Encryption at rest: decides what the text of a value looks like on disk. Memory, readers and watchers see
 * plain values; only the log and the snapshots are sealed.
 */
export interface Sealer {
  /** The text to write for `json`, itself JSON; `json` as it is for keys that are not covered. */
  seal(key: string, json: string): string;
  /** The inverse. AppError StateCorrupt when the key of the cipher is not known or the text was changed. */
  open(key: string, text: string): string;
  /** Whether `text` is what `seal` would make today: sealed with the newest key, or rightly not sealed. */
  isCurrent(key: string, text: string): boolean;
}

/** A key of AES-GCM: 16, 24 or 32 bytes under a name that is written beside what it sealed. */
export interface SealingKey {
  readonly name: string;
  readonly secret: Uint8Array;
}

/** Keys, newest first, for the store keys that begin with one of `prefixes`. */
export interface SealingRule {
  readonly prefixes: readonly string[];
  /** Writes with the first one, reads with all. */
  readonly keys: readonly SealingKey[];
  /** Writes plain text although there are keys to read with: how encryption is switched off. */
  readonly writePlain: boolean;
}

const mark = '{"$sealed":"aesgcm:v1:';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals with AES-GCM (NIST SP 800-38D), a random nonce per write and the store key as additional data, so that a
 * value cannot be moved under another name. The first rule that covers a key counts. As with Kubernetes' `aesgcm`
 * provider, a key should be replaced after some 200,000 writes: nonces are random.
 */
export function createSealer(rules: readonly SealingRule[]): Sealer {
  const known = new Map(rules.flatMap(({ keys }) => keys.map((key) => [key.name, key])));
  const ruleOf = (key: string) =>
    rules.find(({ prefixes }) => prefixes.some((prefix) => key.startsWith(prefix)));
  const writer = (key: string): SealingKey | undefined => {
    const rule = ruleOf(key);
    return rule?.writePlain ? undefined : rule?.keys[0];
  };
  return {
    seal(key, json) {
      const sealingKey = writer(key);
      return sealingKey ? sealText(sealingKey, key, json) : json;
    },
    open(key, text) {
      const name = keyNameOf(text);
      if (name === undefined) return text;
      const sealingKey = known.get(name);
      if (!sealingKey)
        throw unreadable(key, `with the key "${name}", which the encryption file does not name`);
      return openText(sealingKey, key, text);
    },
    isCurrent: (key, text) => keyNameOf(text) === writer(key)?.name,
  };
}

/** For a store without encryption: refuses what an earlier run sealed instead of serving cipher text. */
export const noSealer: Pick<Sealer, 'open'> = {
  open(key, text) {
    const name = keyNameOf(text);
    if (name !== undefined) throw unreadable(key, `with the key "${name}", and there is no encryption file`);
    return text;
  },
};

function keyNameOf(text: string): string | undefined {
  if (!text.startsWith(mark)) return undefined;
  return text.slice(mark.length, text.indexOf(':', mark.length));
}

function sealText(key: SealingKey, storeKey: string, json: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithmOf(key), key.secret, nonce);
  cipher.setAAD(Buffer.from(storeKey));
  const sealed = Buffer.concat([nonce, cipher.update(json, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${mark}${key.name}:${sealed.toString('base64')}"}`;
}

function openText(key: SealingKey, storeKey: string, text: string): string {
  const sealed = Buffer.from(text.slice(text.lastIndexOf(':') + 1, -2), 'base64');
  try {
    const decipher = createDecipheriv(algorithmOf(key), key.secret, sealed.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(storeKey));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return (
      decipher.update(sealed.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch (cause) {
    throw unreadable(storeKey, `with another key than the one that is now called "${key.name}"`, cause);
  }
}

function algorithmOf({ secret }: SealingKey): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  if (secret.length === 16) return 'aes-128-gcm';
  return secret.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
}

function unreadable(storeKey: string, how: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'StateCorrupt',
      message: `${storeKey} is stored encrypted ${how}.`,
      remedy:
        'Put the key it was encrypted with back into the encryption file, behind the newest one, and start again.',
    },
    { cause },
  );
}
