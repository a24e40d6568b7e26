import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { type DockerEngine, engineMessage } from './engine.ts';
import { defaultCacheDir } from './node-image.ts';

/** How node containers are started on this engine. */
export type Privileges = 'privileged' | 'reduced';

/**
 * Whether this engine can start privileged containers. Hosts that withhold capabilities cannot; there a list
 * of capabilities does (`reduced`). Found out once by a container that ends at once, then remembered per engine.
 */
export async function nodePrivileges(
  engine: DockerEngine,
  image: string,
  cacheDir = defaultCacheDir(),
): Promise<Privileges> {
  const info: unknown = await engine.docker.info();
  const id = typeof info === 'object' && info !== null && 'ID' in info ? String(info.ID) : 'unknown';
  const file = join(cacheDir, `engine-${id.replace(/[^A-Za-z0-9-]/g, '')}.json`);
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.includes('"privileged"')) return 'privileged';
  if (known.includes('"reduced"')) return 'reduced';
  const privileges = await probe(engine, image);
  await mkdir(cacheDir, { recursive: true });
  await writeFile(file, JSON.stringify({ nodes: privileges }));
  return privileges;
}

async function probe(engine: DockerEngine, image: string): Promise<Privileges> {
  const container = await engine.docker.createContainer({
    Image: image,
    Entrypoint: ['/bin/true'],
    HostConfig: { Privileged: true, NetworkMode: 'none' },
  });
  try {
    await container.start();
    return 'privileged';
  } catch (error) {
    if (isCapabilityRefusal(engineMessage(error))) return 'reduced';
    throw error;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** Whether a start failed because the host withholds capabilities or devices. */
const isCapabilityRefusal = (message: string): boolean =>
  /unable to apply caps|operation not permitted|permission denied|privileged mode is/i.test(message);

/** The part of a container's configuration that gives a node what containerd, runc and nftables need. */
export function privilegeConfig(privileges: Privileges): Docker.HostConfig {
  if (privileges === 'privileged') return { Privileged: true, ...cgroupNamespace };
  return {
    CapAdd: ['ALL'],
    CapDrop: ['SYS_RESOURCE'],
    // runc in the node joins session keyrings and pivots roots; AppArmor and masked paths forbid mounts.
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
    MaskedPaths: [],
    ReadonlyPaths: [],
    // Privileged pods ask for all devices.
    DeviceCgroupRules: ['a *:* rwm'],
    ...cgroupNamespace,
  };
}

const cgroupNamespace = { CgroupnsMode: 'private' };
