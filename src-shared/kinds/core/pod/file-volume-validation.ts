import { forbidden, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkLocalPath } from '../../validation.ts';
import type { Volume } from '../../wire.ts';
import { need } from '../storage-sources.ts';
import { checkFieldRef, checkResourceFieldRef, volumeFieldPaths } from './downward-validation.ts';

type Source<K extends keyof Volume> = NonNullable<Unchecked<Volume>[K]>;

const modeText = 'must be a number between 0 and 0777 (octal), both inclusive';

interface FileSource {
  readonly name?: string;
  readonly secretName?: string;
  readonly defaultMode?: number;
  readonly items?: readonly KeyToPath[];
}

interface KeyToPath {
  readonly key?: string;
  readonly path?: string;
  readonly mode?: number;
}

/** Secrets and config maps as files; `nameKey` is what the source calls its object. */
export function checkFiles(nameKey: 'name' | 'secretName') {
  return (field: string, source: FileSource): FieldError[] => [
    ...need(field, source, [nameKey]),
    ...checkMode(`${field}.defaultMode`, source.defaultMode),
    ...(source.items ?? []).flatMap((item, index) => checkKeyToPath(`${field}.items[${index}]`, item)),
  ];
}

function checkMode(field: string, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777) ? [] : [invalid(field, mode, modeText)];
}

function checkKeyToPath(field: string, item: KeyToPath): FieldError[] {
  return [
    ...need(field, item, ['key', 'path']),
    ...checkLocalPath(`${field}.path`, item.path ?? ''),
    ...checkMode(`${field}.mode`, item.mode),
  ];
}

/** Fields of the pod as files. */
export function checkDownwardFiles(field: string, source: Source<'downwardAPI'>): FieldError[] {
  return [
    ...checkMode(`${field}.defaultMode`, source.defaultMode),
    ...(source.items ?? []).flatMap((item) => checkDownwardItem(field, item)),
  ];
}

type DownwardItem = NonNullable<Source<'downwardAPI'>['items']>[number];

function checkDownwardItem(field: string, item: DownwardItem): FieldError[] {
  const errors = [...need(field, item, ['path']), ...checkLocalPath(`${field}.path`, item.path ?? '')];
  if (item.fieldRef) {
    errors.push(...checkFieldRef(`${field}.fieldRef`, item.fieldRef, volumeFieldPaths));
    if (item.resourceFieldRef) {
      errors.push(
        invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
    }
  } else if (item.resourceFieldRef) {
    errors.push(...checkResourceFieldRef(`${field}.resourceFieldRef`, item.resourceFieldRef, true));
  } else {
    errors.push(required(field, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...checkMode(`${field}.mode`, item.mode)];
}

type Projection = NonNullable<Source<'projected'>['sources']>[number];

/** Several sources in one volume, no two of them at one path. */
export function checkProjected(field: string, source: Source<'projected'>): FieldError[] {
  const errors = checkMode(`${field}.defaultMode`, source.defaultMode);
  const paths = new Set<string>();
  for (const [index, projection] of (source.sources ?? []).entries()) {
    const at = `${field}.sources[${index}]`;
    errors.push(...checkProjection(field, at, projection));
    for (const { path, owner } of pathsOf(projection)) {
      if (paths.has(path)) errors.push(invalid(field, owner, 'conflicting duplicate paths'));
      paths.add(path);
    }
    const types = Object.values(projection).filter((value) => value !== undefined);
    if (types.length > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function pathsOf({ secret, configMap, downwardAPI }: Projection) {
  const files = [secret, configMap].flatMap((source) =>
    (source?.items ?? []).map(({ path = '' }) => ({ path, owner: source?.name ?? '' })),
  );
  const fields = (downwardAPI?.items ?? []).map(({ path = '' }) => ({ path, owner: path }));
  return [...files, ...fields].filter(({ path }) => path);
}

function checkProjection(field: string, at: string, projection: Projection): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken } = projection;
  return [
    ...(secret ? checkFiles('name')(`${at}.secret`, secret) : []),
    ...(configMap ? checkFiles('name')(`${at}.configMap`, configMap) : []),
    ...(downwardAPI?.items ?? []).flatMap((item) => checkDownwardItem(`${at}.downwardAPI`, item)),
    ...(serviceAccountToken ? checkToken(field, at, serviceAccountToken) : []),
  ];
}

function checkToken(
  field: string,
  at: string,
  { path, expirationSeconds = 3600 }: NonNullable<Projection['serviceAccountToken']>,
): FieldError[] {
  const seconds = `${at}.serviceAccountToken.expirationSeconds`;
  const errors: FieldError[] = [];
  if (expirationSeconds < 600) {
    errors.push(invalid(seconds, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds > 2 ** 32) {
    errors.push(invalid(seconds, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!path) return [...errors, required(`${field}.path`)];
  return [...errors, ...checkLocalPath(`${field}.path`, path)];
}
