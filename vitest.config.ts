import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { cachedKubectl } from './scripts/lib/kubectl.mjs';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = { '@shared': at('./src-shared') };
const long = 'src-*/**/*.long.test.ts';

/** The kubectl that was fetched for Slipway goes before another one of this machine. */
const kubectl = cachedKubectl();
const env = kubectl ? { PATH: `${dirname(kubectl)}:${process.env.PATH ?? ''}` } : {};

/** More than there are processors: some tests wait for time to pass, for processes and for disks. */
const maxWorkers = Math.ceil(1.5 * availableParallelism());

/**
 * Unit and component tests, beside the code. Black-box tests live in e2e/ (see e2e/README.md).
 *
 * The test files of a worker share one process and its modules: loading them once instead of per file is three
 * quarters of the time. So a test cleans up after itself, and only test files hook in at their top level.
 */
export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        resolve: { alias: { ...alias, electron: at('./src-main/testing/electron-recorder.ts') } },
        test: {
          name: 'node',
          environment: 'node',
          env,
          isolate: false,
          include: [
            'src-shared/**/*.test.ts',
            'src-main/**/*.test.ts',
            'src-renderer/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: [long],
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'dom',
          environment: 'jsdom',
          isolate: false,
          include: ['src-renderer/**/*.test.tsx'],
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          // Slow ones (kill -9, bytes cut one by one, a kubectl per step): part of `npm test`, not of `npm run check`.
          name: 'long',
          environment: 'node',
          env,
          include: [long],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
