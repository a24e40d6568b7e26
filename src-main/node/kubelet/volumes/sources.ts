import { posix } from 'node:path';
import type { ConfigMap, Secret } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { fieldValue, resourceValue } from '../config/field-ref.ts';
import type { PayloadFile } from './payload.ts';
import { type VolumeContext, VolumeError } from './volume.ts';

export type Files = readonly (readonly [string, PayloadFile])[];

interface Item {
  readonly key: string;
  readonly path: string;
  readonly mode?: number;
}

interface ObjectSource {
  readonly name: string;
  readonly items?: readonly Item[] | undefined;
  readonly optional?: boolean | undefined;
  readonly mode: number;
}

/** Files out of a config map. Throws {@link VolumeError} when it, or a key that is asked for, is missing. */
export async function configMapFiles(context: VolumeContext, source: ObjectSource): Promise<Files> {
  const configMap = await context.configMap(source.name);
  if (!configMap && !source.optional) throw new VolumeError(`configmap "${source.name}" not found`);
  return pick(contentsOf(configMap), source, 'configmap references non-existent config key');
}

function contentsOf(configMap: DeepReadonly<ConfigMap> | undefined): ReadonlyMap<string, Buffer> {
  const texts = Object.entries(configMap?.data ?? {}).map(([key, text]): [string, Buffer] => [
    key,
    Buffer.from(text),
  ]);
  return new Map([...texts, ...decoded(configMap?.binaryData)]);
}

/** Files out of a secret. Throws {@link VolumeError} when it, or a key that is asked for, is missing. */
export async function secretFiles(context: VolumeContext, source: ObjectSource): Promise<Files> {
  const secret: DeepReadonly<Secret> | undefined = await context.secret(source.name);
  if (!secret && !source.optional) throw new VolumeError(`secret "${source.name}" not found`);
  return pick(new Map(decoded(secret?.data)), source, 'references non-existent secret key');
}

function decoded(data: Readonly<Record<string, string>> | undefined): readonly [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]);
}

function pick(contents: ReadonlyMap<string, Buffer>, source: ObjectSource, complaint: string): Files {
  if (!source.items || source.items.length === 0) {
    return [...contents].map(([key, content]) => [key, { content, mode: source.mode }]);
  }
  return source.items.flatMap(({ key, path, mode = source.mode }): Files => {
    const content = contents.get(key);
    if (content === undefined && !source.optional) throw new VolumeError(`${complaint}: ${key}`);
    return content === undefined ? [] : [[safePath(path), { content, mode }]];
  });
}

interface DownwardItem {
  readonly path: string;
  readonly mode?: number;
  readonly fieldRef?: { readonly fieldPath: string };
  readonly resourceFieldRef?: {
    readonly resource: string;
    readonly containerName?: string;
    readonly divisor?: string;
  };
}

/** Files out of the pod's own object. */
export function downwardFiles(
  { pod, facts }: VolumeContext,
  items: readonly DownwardItem[],
  mode: number,
): Files {
  return items.map((item) => {
    const value = item.fieldRef
      ? fieldValue(pod, item.fieldRef.fieldPath, facts)
      : resourceValue(pod, item.resourceFieldRef ?? { resource: '' }, facts);
    return [safePath(item.path), { content: Buffer.from(value), mode: item.mode ?? mode }];
  });
}

/** A path that stays inside its volume. Throws {@link VolumeError} otherwise. */
export function safePath(path: string): string {
  const clean = posix.normalize(path);
  const isInside = !clean.startsWith('/') && clean !== '..' && !clean.startsWith('../') && clean !== '.';
  if (!isInside || clean.startsWith('..'))
    throw new VolumeError(`invalid path "${path}": must stay inside the volume`);
  return clean;
}
