import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The node agent as one CommonJS file without node_modules: it is copied into every node container. */
export default defineConfig({
  resolve: { alias: { '@shared': at('./src-shared') } },
  ssr: { noExternal: true },
  build: {
    ssr: at('./src-main/node-agent.ts'),
    outDir: 'out/agent',
    target: 'node20.19',
    minify: true,
    sourcemap: true,
    rolldownOptions: { output: { format: 'cjs', codeSplitting: false, entryFileNames: 'node-agent.cjs' } },
  },
});
