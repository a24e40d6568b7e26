import { type ExecFileException, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { isProcessAlive } from '../../src-main/platform/process-start.ts';

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never rejects for a status other than 0. */
export function run(
  file: string,
  args: readonly string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 180_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error: ExecFileException | null, stdout, stderr) =>
        resolve({
          status: error ? (typeof error.code === 'number' ? error.code : 1) : 0,
          stdout,
          stderr: error && !stderr ? String(error) : stderr,
        }),
    );
    child.stdin?.on('error', () => undefined); // it ended without reading: its status tells
    child.stdin?.end(options.input ?? '');
  });
}

/** One data folder with its app and clusters, apart from everything else on the machine. */
export class Slipway {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'slipway-e2e-'));
  readonly #kubeconfigs = new Map<string, string>();

  /** Runs the built `slipway` command. */
  cli(...args: string[]): Promise<Finished> {
    return run(process.execPath, [join(root, 'out/main/cli.js'), ...args, '--data-dir', this.dataDir], {
      timeoutMs: 600_000,
    });
  }

  /** Like {@link cli}, and throws what the command complained about. */
  async must(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.cli(...args);
    if (status !== 0) throw new Error(`slipway ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs kubectl against a cluster. */
  async kubectl(
    cluster: string,
    args: readonly string[],
    options: { input?: string } = {},
  ): Promise<Finished> {
    const kubectl = findKubectl();
    if (!kubectl) throw new Error('there is no kubectl; npm test fetches one');
    return run(kubectl, ['--kubeconfig', await this.kubeconfig(cluster), ...args], options);
  }

  /** Standard output of a kubectl call that has to succeed. */
  async get(cluster: string, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.kubectl(cluster, args);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  async apply(cluster: string, manifest: string): Promise<string> {
    const { status, stdout, stderr } = await this.kubectl(cluster, ['apply', '-f', '-'], { input: manifest });
    if (status !== 0) throw new Error(`kubectl apply: ${stderr}`);
    return stdout;
  }

  async kubeconfig(cluster: string): Promise<string> {
    const known = this.#kubeconfigs.get(cluster);
    if (known) return known;
    const file = join(this.dataDir, `${cluster}.kubeconfig`);
    writeFileSync(file, await this.must('cluster', 'kubeconfig', cluster));
    this.#kubeconfigs.set(cluster, file);
    return file;
  }

  /** Deletes every cluster and the folder (unless it is kept), and ends the app in the background. */
  async close({ keepFolder = false } = {}): Promise<void> {
    const clusters = JSON.parse(await this.must('cluster', 'list', '-o', 'json')) as { name: string }[];
    for (const { name } of clusters) await this.must('cluster', 'delete', name);
    const instance = JSON.parse((await run('cat', [join(this.dataDir, 'app.json')])).stdout || '{}') as {
      pid?: number;
    };
    if (instance.pid) {
      process.kill(instance.pid, 'SIGTERM');
      const { pid } = instance;
      await until('the app has ended', async () => !isProcessAlive(pid));
    }
    if (!keepFolder) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Waits until `condition` holds; its last words tell what was missing when it never does. */
export async function until(
  what: string,
  condition: () => Promise<boolean | undefined>,
  timeoutMs = 90_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let trouble: unknown;
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    await delay(200);
  }
  throw new Error(`waited ${timeoutMs / 1000} s in vain: ${what}`, { cause: trouble });
}
