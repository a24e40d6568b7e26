import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Black box: the built `slipway` command, real kubectl, real node containers. One file at a time. */
export default defineConfig({
  root: at('..'),
  resolve: { alias: { '@shared': at('../src-shared') } },
  test: {
    name: 'e2e',
    include: [
      'e2e/kubectl/**/*.test.ts',
      'e2e/clients/**/*.test.ts',
      'e2e/fuzz/**/*.test.ts',
      'e2e/nodes/**/*.{test,e2e}.ts',
      'e2e/cli/**/*.test.ts',
      'e2e/package/**/*.test.ts',
    ],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
