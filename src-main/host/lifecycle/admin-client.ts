import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@shared/client/client.ts';
import { createHttpsTransport } from '../../platform/https-transport.ts';
import { readClusterConfig } from '../cluster-files.ts';
import { clusterPaths } from '../data-dir.ts';

/** A client with the administrator's certificate; dispose it after use. */
export function adminClient(clusterDir: string): { client: Client; dispose(): void } {
  const pki = clusterPaths.pki(clusterDir);
  const transport = createHttpsTransport({
    server: `https://127.0.0.1:${readClusterConfig(clusterDir).apiPort}`,
    ca: readFileSync(join(pki, 'ca.crt'), 'utf8'),
    cert: readFileSync(join(pki, 'admin.crt'), 'utf8'),
    key: readFileSync(join(pki, 'admin.key'), 'utf8'),
  });
  return { client: new Client(transport), dispose: () => transport.dispose() };
}
