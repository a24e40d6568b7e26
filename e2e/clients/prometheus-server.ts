import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Slipway } from '../harness/slipway.ts';
import { prometheus } from './debian-clients.ts';

/** How Prometheus reaches a cluster: its API server, and what it shows there and on nodes. */
export interface ClusterAccess {
  readonly server: string;
  readonly credentials: {
    readonly authorization: { readonly credentials_file: string };
    readonly tls_config: { readonly ca_file: string };
  };
}

/** What Prometheus' own example asks for. */
const rights = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: prometheus }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: prometheus }
rules:
  - { apiGroups: [""], resources: [nodes, nodes/metrics, services, endpoints, pods], verbs: [get, list, watch] }
  - { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list, watch] }
  - { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch] }
  - { nonResourceURLs: [/metrics, /metrics/slis], verbs: [get] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: prometheus }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: prometheus }
subjects: [{ kind: ServiceAccount, name: prometheus, namespace: default }]
`;

/** Debian's Prometheus, which is client-go with protobuf underneath, at a cluster. */
export class PrometheusServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-prometheus-'));
  readonly #log = join(this.#folder, 'log');
  #child: ChildProcess | undefined;
  #address = '';

  /** Runs it with these jobs, every second, as the service account `prometheus` with the usual rights. */
  async start(
    slipway: Slipway,
    cluster: string,
    jobs: (access: ClusterAccess) => readonly object[],
  ): Promise<void> {
    await slipway.apply(cluster, rights);
    const view = (path: string) =>
      slipway.get(
        cluster,
        'config',
        'view',
        '--raw',
        '--minify',
        '-o',
        `jsonpath={.clusters[0].cluster.${path}}`,
      );
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(this.#folder, name), content);
      return join(this.#folder, name);
    };
    const access: ClusterAccess = {
      server: await view('server'),
      credentials: {
        authorization: {
          credentials_file: file('token', await slipway.get(cluster, 'create', 'token', 'prometheus')),
        },
        tls_config: {
          ca_file: file('ca.crt', Buffer.from(await view('certificate-authority-data'), 'base64')),
        },
      },
    };
    // JSON is YAML.
    const configuration = { global: { scrape_interval: '1s' }, scrape_configs: jobs(access) };
    this.#address = `127.0.0.1:${await freePort()}`;
    this.#child = spawn(
      prometheus(),
      [
        `--config.file=${file('prometheus.yml', JSON.stringify(configuration))}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=${this.#address}`,
      ],
      { stdio: ['ignore', 'ignore', openSync(this.#log, 'w')] },
    );
  }

  /** Data of an answer of its HTTP API. */
  async ask<T>(path: string): Promise<T> {
    if (this.#child?.exitCode !== null)
      throw new Error(`Prometheus ended: ${readFileSync(this.#log, 'utf8')}`);
    const response = await fetch(`http://${this.#address}${path}`);
    const { data } = (await response.json()) as { data: T };
    return data;
  }

  /** Series and values that a query finds now. */
  async query(text: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    type Found = { result: { metric: Record<string, string>; value: [number, string] }[] };
    return (await this.ask<Found>(`/api/v1/query?query=${encodeURIComponent(text)}`)).result;
  }

  async close(): Promise<void> {
    if (this.#child?.exitCode === null) {
      this.#child.kill();
      await once(this.#child, 'close');
    }
    rmSync(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('there is no port');
  return bound.port;
}
