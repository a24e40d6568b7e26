import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestCluster } from './cluster.ts';

/** How a kubectl ended and what it said. */
export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Without its remark that server and kubectl differ in version. */
  readonly stderr: string;
}

/** Runs the kubectl on PATH against a test cluster, as a user types it. Rejects only when there is none. */
export function runKubectl(
  cluster: Pick<TestCluster, 'kubeconfig' | 'dir'>,
  args: readonly string[],
  stdin = '',
): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const common = ['--kubeconfig', cluster.kubeconfig, '--cache-dir', join(cluster.dir, 'cache')];
    const child = spawn('kubectl', [...common, ...args], { timeout: 60_000 });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      texts.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      texts.stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...texts, stderr: texts.stderr.replace(/^WARNING: version difference.*\n?/m, '') });
    });
    child.stdin.end(stdin);
  });
}
