/**
 * Who may import whom, folder by folder: the allowed project folders and npm packages ('node:' stands for all
 * of Node's own modules). A folder not named here takes the rule of its nearest parent. Checked by
 * import-rules.test.ts, which reads every import of the tree.
 */
export const importRules = {
  'src-shared/lib': { folders: [], packages: [] },
  'src-shared/schema': { folders: ['src-shared/lib', 'src-shared/api'], packages: [] },
  'src-shared/api': { folders: ['src-shared/lib', 'src-shared/schema', 'src-shared/kinds'], packages: [] },
  'src-shared/kinds': {
    folders: ['src-shared/lib', 'src-shared/schema', 'src-shared/api'],
    packages: ['@kubernetes/client-node', 'croner'],
  },
  'src-shared/client': {
    folders: ['src-shared/lib', 'src-shared/schema', 'src-shared/api', 'src-shared/kinds'],
    packages: [],
  },
  'src-shared/controller': {
    folders: [
      'src-shared/lib',
      'src-shared/schema',
      'src-shared/api',
      'src-shared/kinds',
      'src-shared/client',
    ],
    packages: [],
  },
  'src-shared/rpc': { folders: ['src-shared/lib'], packages: [] },

  'src-main/platform': { folders: ['src-shared'], packages: ['node:'] },
  'src-main/store': { folders: ['src-shared/lib', 'src-main/platform'], packages: ['node:'] },
  'src-main/apiserver': {
    folders: ['src-shared', 'src-main/platform', 'src-main/store'],
    packages: ['node:', 'jose', 'yaml', '@peculiar/x509', 'ws', 're2js', '@marcbachmann/*'],
  },
  'src-main/controllers': { folders: ['src-shared'], packages: [] },
  'src-main/scheduler': { folders: ['src-shared'], packages: [] },
  'src-main/node': {
    folders: ['src-shared', 'src-main/platform'],
    packages: ['node:', '@grpc/grpc-js', '@grpc/proto-loader', 'dns-packet', 'protobufjs', 'ws'],
  },
  'src-main/node/hollow': { folders: ['src-shared'], packages: [] },
  'src-main/docker': {
    folders: ['src-shared/lib', 'src-shared/rpc', 'src-main/platform'],
    packages: ['node:', 'dockerode', 'tar-stream'],
  },
  'src-main/cluster': {
    folders: [
      'src-shared',
      'src-main/platform',
      'src-main/store',
      'src-main/apiserver',
      'src-main/controllers',
      'src-main/scheduler',
      'src-main/node/hollow',
    ],
    packages: ['node:', '@peculiar/x509', 'reflect-metadata', 'yaml'],
  },
  'src-main/host': {
    folders: ['src-shared', 'src-main/platform', 'src-main/docker', 'src-main/cluster', 'src-main/store'],
    packages: ['node:', 'lowdb', 'ws', 'yaml'],
  },
  'src-main/cli': { folders: ['src-shared', 'src-main/host'], packages: ['node:', 'commander', 'ws'] },
  'src-main/app': { folders: ['src-shared'], packages: ['node:', 'electron'] },
  'src-main/preload': { folders: [], packages: ['electron'] },
  'src-main/testing': { folders: ['src-shared', 'src-main'], packages: ['node:', 'ws'] },
  'src-main': { folders: ['src-shared', 'src-main'], packages: ['node:', 'electron', 'commander'] },

  'src-renderer/ui': {
    folders: ['src-shared'],
    packages: ['react', 'radix-ui', 'lucide-react', '@tanstack/react-virtual'],
  },
  'src-renderer/data': { folders: ['src-shared'], packages: ['react', '@tanstack/react-query'] },
  'src-renderer/resource': {
    folders: ['src-shared', 'src-renderer/ui', 'src-renderer/data'],
    packages: ['react', 'radix-ui', 'lucide-react', 'yaml', '@tanstack/*', '@codemirror/*', '@lezer/*'],
  },
  'src-renderer/kinds': {
    folders: ['src-shared', 'src-renderer/ui', 'src-renderer/data', 'src-renderer/resource'],
    packages: ['react', 'radix-ui', 'lucide-react', 'yaml', '@tanstack/*'],
  },
  'src-renderer/features': {
    folders: ['src-shared', 'src-renderer/ui', 'src-renderer/data', 'src-renderer/resource'],
    packages: [
      'react',
      'radix-ui',
      'lucide-react',
      'yaml',
      'uplot',
      '@tanstack/*',
      '@codemirror/*',
      '@lezer/*',
      '@xterm/*',
    ],
  },
  'src-renderer': {
    folders: ['src-shared', 'src-renderer'],
    packages: ['react', 'react-dom', 'radix-ui', 'lucide-react', '@tanstack/*'],
  },
};

/** Packages that tests may use on top. */
export const testPackages = ['vitest', 'node:', 'jsdom', '@testing-library/*', 'rolldown', 'ws', 'yaml'];
