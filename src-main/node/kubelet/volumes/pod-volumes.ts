import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../../platform/remove-tree.ts';
import type { ReadonlyPod } from '../pod/spec.ts';
import { configMap } from './config-map.ts';
import { downwardApi } from './downward-api.ts';
import { emptyDir } from './empty-dir.ts';
import { hostPath } from './host-path.ts';
import { projected } from './projected.ts';
import { secret } from './secret.ts';
import { type ReadonlyVolume, type VolumeContext, VolumeError, type VolumeType } from './volume.ts';

/** Every type of volume this node can provide. */
const volumeTypes: readonly VolumeType[] = [emptyDir, hostPath, configMap, secret, downwardApi, projected];

/** Volume name to path on the node. */
export type VolumePaths = ReadonlyMap<string, string>;

/** One volume that could not be set up, and why. */
export interface VolumeFailure {
  readonly volume: string;
  readonly message: string;
}

/** Folders of all pods of this node. */
export interface PodDirectories {
  /** `/var/lib/kubelet/pods` */
  readonly disk: string;
  /** In memory, e.g. `/run/slipway/pods`. */
  readonly memory: string;
}

/** Sets up all volumes of a pod; those that fail are named, with the `FailedMount` text of each. */
export async function setUpVolumes(
  context: VolumeContext,
): Promise<{ paths: VolumePaths; failures: readonly VolumeFailure[] }> {
  const paths = new Map<string, string>();
  const failures: VolumeFailure[] = [];
  await Promise.all(
    (context.pod.spec?.volumes ?? []).map(async (volume) => {
      try {
        paths.set(volume.name, await setUp(context, volume));
      } catch (error) {
        failures.push({ volume: volume.name, message: failedMount(volume.name, error) });
      }
    }),
  );
  return { paths, failures };
}

/** Brings volumes that follow API objects up to date; throws nothing, answers the failures. */
export async function refreshVolumes(context: VolumeContext): Promise<readonly VolumeFailure[]> {
  const live = (context.pod.spec?.volumes ?? []).filter((volume) => typeOf(volume)?.isLive);
  const pod: ReadonlyPod = { ...context.pod, spec: { containers: [], ...context.pod.spec, volumes: live } };
  return (await setUpVolumes({ ...context, pod })).failures;
}

function typeOf(volume: ReadonlyVolume): VolumeType | undefined {
  return volumeTypes.find((type) => type.claims(volume));
}

function setUp(context: VolumeContext, volume: ReadonlyVolume): Promise<string> {
  const type = typeOf(volume);
  if (type) return type.setUp(context, volume);
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  return Promise.reject(new VolumeError(`volumes of type ${kind} are not supported by this node`));
}

function failedMount(volume: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `MountVolume.SetUp failed for volume "${volume}" : ${message}`;
}

/** Unmounts and removes everything a pod had on this node. Idempotent. */
export async function tearDownPod(
  directories: PodDirectories,
  uid: string,
  mounter: VolumeContext['mounter'],
): Promise<void> {
  for (const root of [directories.disk, directories.memory]) {
    const path = join(root, uid);
    await mounter.unmountAll(path);
    await removeTree(root, path);
  }
}

/** Uids of pods that have folders here. */
export async function podsWithDirectories(directories: PodDirectories): Promise<readonly string[]> {
  const lists = await Promise.all(
    [directories.disk, directories.memory].map((root) => readdir(root).catch((): string[] => [])),
  );
  return [...new Set(lists.flat())];
}
