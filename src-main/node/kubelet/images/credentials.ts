import type { Secret } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ImageAuth } from '../runtime.ts';
import type { ImageName } from './image-name.ts';

/**
 * Credentials for an image out of pull secrets, the most specific entry first. They name no server: containerd
 * takes such a name for a URL and refuses `host:port`; which entry fits is decided here.
 */
export function imageCredentials(
  image: ImageName,
  secrets: readonly DeepReadonly<Secret>[],
): readonly ImageAuth[] {
  const entries = secrets.flatMap(secretEntries).filter(({ server }) => matches(server, image));
  return entries.toSorted((a, b) => b.server.length - a.server.length).map(({ auth }) => auth);
}

interface Entry {
  readonly server: string;
  readonly auth: ImageAuth;
}

function secretEntries(secret: DeepReadonly<Secret>): readonly Entry[] {
  const json = secret.data?.['.dockerconfigjson'];
  const legacy = secret.data?.['.dockercfg'];
  if (json !== undefined) return entriesOf(record(record(parse(json)).auths));
  return legacy === undefined ? [] : entriesOf(record(parse(legacy)));
}

function entriesOf(auths: Readonly<Record<string, unknown>>): readonly Entry[] {
  return Object.entries(auths).map(([address, value]) => {
    const entry = record(value);
    const text = (name: string) => (typeof entry[name] === 'string' ? entry[name] : '');
    const [user = '', ...rest] = Buffer.from(text('auth'), 'base64').toString().split(':');
    return {
      server: address.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, ''),
      auth: {
        username: text('username') || user,
        password: text('password') || rest.join(':'),
        ...(text('identitytoken') && { identityToken: text('identitytoken') }),
        ...(text('registrytoken') && { registryToken: text('registrytoken') }),
      },
    };
  });
}

function matches(server: string, { registry, repository }: ImageName): boolean {
  const [host = '', ...path] = server.split('/');
  const isHub = registry === 'docker.io' && /^(index\.)?docker\.io$|^registry-1\.docker\.io$/.test(host);
  const pattern = new RegExp(`^${host.split('.').map(globPart).join('\\.')}$`);
  const prefix = path.filter((part) => !/^v[12]$/.test(part)).join('/');
  return (isHub || pattern.test(registry)) && (prefix === '' || `${repository}/`.startsWith(`${prefix}/`));
}

/** One part of a host name, in which `*` stands for anything but a dot. */
function globPart(part: string): string {
  return part.replace(/[$()+?[\\\]^{|}]/g, '\\$&').replaceAll('*', '[^.]*');
}

function parse(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString());
  } catch {
    // A broken pull secret counts as empty, as for any kubelet; the registry's refusal tells the user.
    return {};
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
