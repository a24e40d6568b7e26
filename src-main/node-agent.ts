import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import { runNodeAgent } from './node/agent.ts';
import { createLog } from './platform/log.ts';

/** Entry of the node agent: `node node-agent.cjs [configuration folder]`. SIGTERM and SIGINT end it in order. */
const log = createLog({
  format: 'plain',
  level: process.env.SLIPWAY_LOG_LEVEL === 'debug' ? 'debug' : 'info',
});
const directory = process.argv[2] ?? '/etc/slipway';
const shutdownMs = 5000;

// A burst of pods would otherwise grow the young generation to 48 MB, which is never given back.
setFlagsFromString('--semi-space-growth-factor=1');

async function main(): Promise<void> {
  const abort = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log('node agent stops', { signal: name });
      abort.abort();
      setTimeout(() => process.exit(0), shutdownMs).unref();
    });
  }
  const [json, ca, cert, key] = await Promise.all(
    ['node.json', 'ca.crt', 'kubelet.crt', 'kubelet.key'].map((name) =>
      readFile(join(directory, name), 'utf8'),
    ),
  );
  const config = parseConfig(json ?? '');
  await runNodeAgent({ config, ca: ca ?? '', cert: cert ?? '', key: key ?? '', log }, abort.signal);
}

function parseConfig(json: string): NodeAgentConfig {
  const config = JSON.parse(json) as NodeAgentConfig;
  const texts = [config.nodeName, config.nodeIp, config.apiServer, config.podCidr, config.kubeletEndpoint];
  if (
    config.version !== 1 ||
    texts.some((text) => typeof text !== 'string') ||
    typeof config.network !== 'object'
  ) {
    throw new Error(`${join(directory, 'node.json')} is not a node configuration of version 1`);
  }
  return { ...config, size: config.size ?? {} };
}

process.on('unhandledRejection', (error) => log.error('unhandled rejection', { error: String(error) }));

main().then(
  () => process.exit(0),
  (error: unknown) => {
    log.error('node agent failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      cause: String(error instanceof Error ? error.cause : ''),
    });
    process.exit(1);
  },
);
