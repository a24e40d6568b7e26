import { readFile } from 'node:fs/promises';
import { exec } from '../../../platform/exec.ts';
import type { Mounter } from './volume.ts';

/** Mounts by util-linux' programs; Node.js has no call for it. */
export const linuxMounter: Mounter = {
  async tmpfs(path, sizeBytes) {
    if ((await mountPoints()).includes(path)) return;
    const size = sizeBytes === undefined || sizeBytes <= 0 ? [] : ['-o', `size=${sizeBytes}`];
    await exec('mount', ['-t', 'tmpfs', ...size, 'tmpfs', path]);
  },
  async unmountAll(path) {
    const points = (await mountPoints()).filter((point) => point === path || point.startsWith(`${path}/`));
    for (const point of points.toSorted((a, b) => b.length - a.length)) {
      await exec('umount', ['--lazy', point]);
    }
  },
};

/** Mount points of this process, in the kernel's order. */
async function mountPoints(): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined
      ? []
      : [
          point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
            String.fromCharCode(Number.parseInt(octal, 8)),
          ),
        ];
  });
}
