import { kubernetesVersion, slipwayVersion } from '@shared/lib/version.ts';
import type { AppInfo, DockerState, Operation } from '@shared/rpc/contract.ts';
import { dockerState } from '../docker/engine.ts';
import { outDir } from '../platform/out-dir.ts';
import { createCalls } from './calls.ts';
import { paths } from './data-dir.ts';
import { RpcSockets } from './gateway/rpc-socket.ts';
import { openGateway } from './gateway/server.ts';
import { Upstreams } from './gateway/upstreams.ts';
import { acquireInstance } from './instance.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { hangLimitMs } from './liveness.ts';
import { Operations } from './operations/operations.ts';
import { ClusterRegistry } from './registry.ts';
import { SettingsFile } from './settings.ts';

const dockerCheckMs = 5000;

export interface HostOptions {
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  readonly shell: AppInfo['shell'];
  /** End by itself once nobody is connected and no cluster runs (started by the command line). */
  readonly endsWhenIdle: boolean;
  /** Called once the window can be opened. */
  onReady(gateway: { url: string; port: number }): void;
  log(message: string): void;
}

/**
 * Composition root of the main process, with and without Electron: settings, cluster registry and life cycle,
 * gateway. Runs until `signal` aborts; clusters that run then go on running, and the next host takes them over.
 * AppError `AlreadyRunning` when another host holds the data folder.
 */
export async function runHost(options: HostOptions, signal: AbortSignal): Promise<void> {
  const { dataDir, log } = options;
  const instance = acquireInstance(dataDir);
  const ended = new AbortController();
  signal.addEventListener('abort', () => ended.abort(), { once: true });
  try {
    const settings = await SettingsFile.open(paths.settings(dataDir), log);
    let docker: DockerState = {
      state: 'stopped',
      message: 'Docker is being looked for.',
      remedy: 'Wait a moment.',
    };
    let announceClusters = () => {};
    const registry = await ClusterRegistry.open(dataDir, () => announceClusters());
    const upstreams = new Upstreams(registry);
    let announceOperation: (operation: Operation) => void = () => {};
    const operations = new Operations((operation) => announceOperation(operation));
    const lifecycle = new Lifecycle({
      dataDir,
      registry,
      operations,
      outDir: outDir(),
      hangLimitMs: hangLimitMs(),
      log,
    });
    const info = { version: slipwayVersion, kubernetesVersion, dataDir, shell: options.shell };
    const rpc = new RpcSockets(
      createCalls({ registry, operations, lifecycle, settings, info, dockerState: () => docker }),
    );
    announceClusters = () => rpc.announce('clusters', registry.list());
    announceOperation = (operation) => rpc.announce('operation', operation);

    const gateway = await openGateway(
      {
        token: instance.token,
        rendererDir: `${outDir()}renderer`,
        devServer: devServer(),
        rpc,
        reach: (name) => upstreams.reach(name),
      },
      options.port,
    );
    const checkDocker = async () => {
      const now = await dockerState();
      const changed = JSON.stringify(now) !== JSON.stringify(docker);
      docker = now;
      if (changed) rpc.announce('docker', docker);
      void lifecycle.dockerChecked(docker); // looks after containers; never rejects
    };
    try {
      await checkDocker();
      instance.publish(gateway.port);
      options.onReady(gateway);
      const supervision = lifecycle.supervise(settings.get().autostart, ended.signal);
      await whenOver({
        signal: ended.signal,
        everyMs: dockerCheckMs,
        check: checkDocker,
        isIdle: () => options.endsWhenIdle && isIdle(rpc, registry, operations),
      });
      ended.abort();
      await supervision;
    } finally {
      await operations.close();
      rpc.close();
      await gateway.close();
      upstreams.close();
    }
  } finally {
    instance.release();
  }
}

function isIdle(rpc: RpcSockets, registry: ClusterRegistry, operations: Operations): boolean {
  return (
    rpc.count === 0 &&
    registry.wanted().length === 0 &&
    operations.list().every(({ state }) => state !== 'running')
  );
}

/** Resolves when the signal aborts, or when two looks in a row find nothing to stay for. */
function whenOver(options: {
  signal: AbortSignal;
  everyMs: number;
  check(): Promise<void>;
  isIdle(): boolean;
}): Promise<void> {
  return new Promise((resolve) => {
    let wasIdle = false;
    const timer = setInterval(() => {
      void options.check();
      const idle = options.isIdle();
      if (idle && wasIdle) over();
      wasIdle = idle;
    }, options.everyMs);
    const over = () => {
      clearInterval(timer);
      resolve();
    };
    if (options.signal.aborted) over();
    options.signal.addEventListener('abort', over, { once: true });
  });
}

/** Where electron-vite serves the window from in development. */
function devServer(): URL | undefined {
  const url = process.env.ELECTRON_RENDERER_URL;
  return url ? new URL(url) : undefined;
}
