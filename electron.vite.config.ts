import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { buildFacts } from './scripts/lib/commit.mjs';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = { '@shared': at('./src-shared') };

/**
 * Three targets: main (Node 20.19 and later, so that `slipway` also runs without Electron), preload
 * (CommonJS, which a sandboxed window requires) and the renderer. The node agent is a fourth, single-file
 * build: vite.agent.config.ts.
 */
export default defineConfig({
  main: {
    resolve: { alias },
    define: buildFacts(),
    build: {
      outDir: 'out/main',
      target: 'node20.19',
      sourcemap: true,
      // Small ones the command loads each time: one file is read faster than two hundred.
      externalizeDeps: { exclude: ['commander', 'ws', 'yaml', 'tar-stream', 'lowdb'] },
      rolldownOptions: {
        input: {
          index: at('./src-main/index.ts'),
          cli: at('./src-main/cli.ts'),
          'control-plane': at('./src-main/control-plane.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('./src-main/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('./src-renderer'),
    resolve: { alias },
    plugins: [react()],
    build: {
      outDir: at('./out/renderer'),
      minify: true,
      // From 127.0.0.1 size costs little; editor, terminal and logs are chunks of their own.
      chunkSizeWarningLimit: 1000,
      rolldownOptions: { input: at('./src-renderer/index.html') },
    },
  },
});
