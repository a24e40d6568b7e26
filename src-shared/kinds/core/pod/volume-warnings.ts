import type { DeepReadonly } from '../../../lib/types.ts';
import type { Volume } from '../../wire.ts';
import { claimSpecWarnings } from '../persistent-volume-claim/claim-warnings.ts';

type ReadonlyVolume = DeepReadonly<Volume>;
type Projection = NonNullable<NonNullable<ReadonlyVolume['projected']>['sources']>[number];

/** Volumes that no kubelet mounts any more. */
const removedTypes: readonly (readonly [keyof Volume, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** Volumes that do not work, or in which one file hides another; `field` is the path of the list. */
export function volumeWarnings(field: string, volumes: readonly ReadonlyVolume[]): string[] {
  const ofTypes = volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const removed = removedTypes
      .filter(([key]) => volume[key] !== undefined)
      .map(([, name, text]) => `${at}.${name}: ${text}`);
    const template = volume.ephemeral?.volumeClaimTemplate;
    return [
      ...removed,
      ...(template ? claimSpecWarnings(`${at}.ephemeral.volumeClaimTemplate.spec`, template.spec) : []),
    ];
  });
  return [...ofTypes, ...volumes.flatMap(overlapWarnings)];
}

/** A file of a volume, and where it comes from. */
interface VirtualFile {
  readonly path: string;
  readonly source: string;
}

function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: ReadonlyVolume): string[] {
  const of = (what: string, files: readonly VirtualFile[]) =>
    overlaps(files).map((text) => `volume ${JSON.stringify(name)} (${what}): overlapping paths: ${text}`);
  const empty = (projected?.sources ?? []).filter((source) => Object.keys(source).length === 0);
  return [
    ...of(`ConfigMap ${JSON.stringify(configMap?.name ?? '')}`, filesOf(configMap?.items)),
    ...of(`Secret ${JSON.stringify(secret?.secretName ?? '')}`, filesOf(secret?.items)),
    ...of('DownwardAPI', filesOf(downwardAPI?.items)),
    ...empty.map(() => `volume ${JSON.stringify(name)} (Projected) has no sources provided`),
    ...of('Projected', (projected?.sources ?? []).flatMap(projectedFiles)),
  ];
}

function projectedFiles({ configMap, secret, downwardAPI, serviceAccountToken }: Projection): VirtualFile[] {
  return [
    ...filesOf(configMap?.items, `ConfigMap ${JSON.stringify(configMap?.name ?? '')}`),
    ...filesOf(secret?.items, `Secret ${JSON.stringify(secret?.name ?? '')}`),
    ...filesOf(downwardAPI?.items, 'DownwardAPI'),
    ...filesOf(serviceAccountToken && [serviceAccountToken], 'ServiceAccountToken'),
  ];
}

function filesOf(items: readonly { readonly path: string }[] | undefined, source = ''): VirtualFile[] {
  return (items ?? []).map(({ path }) => ({ path: path.replace(/\/+$/, ''), source }));
}

function overlaps(files: readonly VirtualFile[]): string[] {
  return files.flatMap((file, index) =>
    files
      .slice(0, index)
      .filter((other) => contains(file.path, other.path) || contains(other.path, file.path))
      .map((other) => `${shown(file)} with ${shown(other)}`),
  );
}

function contains(outer: string, inner: string): boolean {
  return outer !== '' && inner !== '' && `${inner}/`.startsWith(`${outer}/`);
}

function shown({ path, source }: VirtualFile): string {
  return source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}
