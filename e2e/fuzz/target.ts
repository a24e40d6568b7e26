import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { root } from '../../scripts/lib/shell.mjs';
import { Slipway, until } from '../harness/slipway.ts';

/** One request, as it is sent and as it is printed when the answer is wrong. */
export interface Attempt {
  /** What is odd about it. */
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer;
}

export interface Answer {
  /** 0: the connection was closed without an answer. */
  readonly code: number;
  readonly contentType: string;
  readonly bytes: Buffer;
  /** The same, decoded. */
  readonly text: string;
  /** Of a connection that was closed: how, and what had gone over it before. */
  readonly why?: string;
}

/** What the server's process says of itself, after a garbage collection. */
export interface Probe {
  /** Names on the prototypes of objects, arrays and functions that were not there at the start. */
  readonly polluted: readonly string[];
  readonly heapBytes: number;
}

/** How long a request may take before the server counts as hanging; no pattern or rule may take that long. */
const answerMs = 20_000;

const probeSource = `
  const names = () => [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype]
    .flatMap((prototype, index) => Reflect.ownKeys(prototype).map((key) => index + ' ' + String(key)));
  const before = new Set(names());
  process.on('SIGUSR2', () => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    const polluted = names().filter((name) => !before.has(name));
    process.stderr.write('PROBE ' + JSON.stringify({ polluted, heapBytes: heapUsed + external }) + '\\n');
  });`;

/**
 * A built control plane in a process of its own, with its controllers and simulated nodes, reached over HTTPS with an
 * administrator's certificate.
 */
export class Target {
  readonly tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
  readonly port: number;
  readonly #slipway: Slipway;
  readonly #agent: Agent;
  readonly #child: ChildProcess;
  readonly #log: string[] = [];
  /** What was sent last over each connection. */
  readonly #history = new WeakMap<object, string>();
  #onProbe: ((probe: Probe) => void) | undefined;

  static async start(): Promise<Target> {
    const slipway = new Slipway();
    const name = 'e2e-fuzz';
    await slipway.must('cluster', 'create', name, '--driver', 'hollow', '--nodes', '2');
    const kubeconfig = readFileSync(await slipway.kubeconfig(name), 'utf8');
    await slipway.must('cluster', 'stop', name);
    const target = new Target(slipway, kubeconfig, join(slipway.dataDir, 'clusters', name));
    await until('the server is ready', async () => (await target.send(heartbeat)).code === 200, 60_000);
    return target;
  }

  private constructor(slipway: Slipway, kubeconfig: string, clusterDir: string) {
    const config = parse(kubeconfig) as Kubeconfig;
    const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user];
    if (!cluster || !user) throw new Error('the kubeconfig is empty');
    const decode = (text: string) => Buffer.from(text, 'base64');
    this.tls = {
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    };
    this.port = Number(new URL(cluster.server).port);
    this.#slipway = slipway;
    this.#agent = new Agent({ ...this.tls, keepAlive: true, maxSockets: 8 });
    this.#child = spawn(
      process.execPath,
      [
        '--expose-gc',
        '--import',
        `data:text/javascript,${encodeURIComponent(probeSource)}`,
        join(root, 'out/main/control-plane.js'),
        '--cluster-dir',
        clusterDir,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    if (this.#child.stderr)
      createInterface({ input: this.#child.stderr }).on('line', (line) => this.#line(line));
  }

  #line(line: string): void {
    if (line.startsWith('PROBE ')) this.#onProbe?.(JSON.parse(line.slice(6)) as Probe);
    else if (this.#log.push(line) > 50) this.#log.shift();
  }

  /** Undefined while the process lives; else how it ended, and its last words. */
  get death(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return undefined;
    const words = [...this.#log.filter((line) => /FATAL/.test(line)), ...this.#log.slice(-5)];
    return `the process ended with ${exitCode ?? signalCode}: ${words.join('\n')}`;
  }

  /** The last lines of its log that tell of failures. */
  troubles(): string[] {
    return this.#log.filter((line) => /"level":"error"|nobody looked/.test(line));
  }

  /** Rejects when nothing comes back in {@link answerMs}. */
  send({ method, path, headers, body }: Attempt): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          host: '127.0.0.1',
          port: this.port,
          agent: this.#agent,
          method,
          path,
          headers: { ...(body && { 'content-length': String(body.length) }), ...headers },
          timeout: answerMs,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('close', () => {
            const contentType = String(response.headers['content-type'] ?? '');
            const bytes = Buffer.concat(chunks);
            resolve({ code: response.statusCode ?? 0, contentType, bytes, text: bytes.toString() });
          });
        },
      );
      request.on('timeout', () => {
        reject(new Error(`no answer in ${answerMs / 1000} s`));
        request.destroy();
      });
      let before = 'nothing';
      request.on('socket', (socket) => {
        before = this.#history.get(socket) ?? before;
        this.#history.set(
          socket,
          `${method} ${path.slice(0, 200)} ${JSON.stringify(headers ?? {}).slice(0, 200)}`,
        );
      });
      // A server may close before it has read all; what it said until then has come as an answer.
      request.on('error', ({ message }) =>
        resolve({
          code: 0,
          contentType: '',
          bytes: Buffer.alloc(0),
          text: '',
          why: `${message}; before on this connection: ${before}`,
        }),
      );
      request.end(body);
    });
  }

  async probe(): Promise<Probe> {
    const { promise, resolve } = deferred<Probe>();
    this.#onProbe = resolve;
    this.#child.kill('SIGUSR2');
    return promise;
  }

  /** Ends the process; resolves to its exit code, 0 for a clean end. */
  async close(): Promise<number | null> {
    this.#agent.destroy();
    if (this.death === undefined) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'close');
    }
    await this.#slipway.close();
    return this.#child.exitCode;
  }
}

export const heartbeat: Attempt = {
  title: 'heartbeat',
  method: 'GET',
  path: '/api/v1/namespaces/default',
};

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
