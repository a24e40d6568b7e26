import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = { '@shared': at('./src-shared') };

/** Unit and component tests, beside the code. Black-box tests live in e2e/ (see e2e/README.md). */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { ...alias, electron: at('./src-main/testing/electron-recorder.ts') } },
        test: {
          name: 'node',
          environment: 'node',
          include: ['src-shared/**/*.test.ts', 'src-main/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'dom',
          environment: 'jsdom',
          include: ['src-renderer/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
