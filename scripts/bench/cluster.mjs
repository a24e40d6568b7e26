import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../lib/shell.mjs';

const run = promisify(execFile);

/** A data folder of its own for a measurement; `close` deletes its clusters and ends its app. */
export class BenchApp {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-bench-'));

  async cli(...args) {
    const { stdout } = await run(
      process.execPath,
      [join(root, 'out/main/cli.js'), ...args, '--data-dir', this.dataDir],
      { maxBuffer: 2 ** 26 },
    );
    return stdout;
  }

  clusterDir(name) {
    return join(this.dataDir, 'clusters', name);
  }

  state(name) {
    return JSON.parse(readFileSync(join(this.clusterDir(name), 'control-plane.json'), 'utf8'));
  }

  /** A call to a cluster's API as administrator; resolves to the parsed body. */
  api(name, method, path, body) {
    const pki = join(this.clusterDir(name), 'pki');
    const options = {
      host: '127.0.0.1',
      port: this.state(name).port,
      method,
      path,
      ca: readFileSync(join(pki, 'ca.crt')),
      cert: readFileSync(join(pki, 'admin.crt')),
      key: readFileSync(join(pki, 'admin.key')),
      headers: body ? { 'content-type': 'application/json' } : {},
    };
    return new Promise((resolve, reject) => {
      const call = request(options, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () =>
          response.statusCode < 300 ? resolve(JSON.parse(text)) : reject(new Error(text)),
        );
      });
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }

  async close() {
    for (const { name } of JSON.parse(await this.cli('cluster', 'list', '-o', 'json')))
      await this.cli('cluster', 'delete', name);
    process.kill(JSON.parse(readFileSync(join(this.dataDir, 'app.json'), 'utf8')).pid);
    await delay(500);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** As src-main/host/control-plane-process.ts sets it. */
const environment = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '262144',
  MALLOC_MMAP_THRESHOLD_: '1048576',
};

/** Starts a control-plane process on a cluster folder and resolves to the milliseconds until `/readyz` says ok. */
export async function timeControlPlaneStart(clusterDir, port) {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, 'out/main/control-plane.js'), '--cluster-dir', clusterDir],
    { stdio: 'ignore', env: { ...process.env, ...environment } },
  );
  while (!(await isReady(port))) await delay(2);
  const ms = performance.now() - started;
  return { ms, child };
}

function isReady(port) {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    probe.on('error', () => resolve(false));
    probe.end();
  });
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Resident memory of a process in bytes, and the processor time all its threads have had so far. */
export function processFacts(pid, read = (path) => readFileSync(path, 'utf8')) {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1].split(' ');
  const rssBytes = Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))[1]) * 1024;
  return { rssBytes, cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 };
}

/** Resident memory of a process in bytes, and its share of one core over `seconds`. */
export async function watchProcess(pid, seconds, read) {
  const before = processFacts(pid, read);
  await delay(seconds * 1000);
  const { rssBytes, cpuMs } = processFacts(pid, read);
  return { rssBytes, cpuShare: (cpuMs - before.cpuMs) / 1000 / seconds };
}

export const ms = (value) => (value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`);
export const mb = (bytes) => `${Math.round(bytes / 1e6)} MB`;
