import type { KubeObject } from '@shared/api/meta.ts';
import { Client, type ObjectType } from '@shared/client/client.ts';
import { createInformer } from '@shared/client/reflector.ts';
import type { Transport } from '@shared/client/transport.ts';
import { ControllerMetrics } from '@shared/controller/metrics.ts';
import { type ControlLoop, runControllers } from '@shared/controller/run-controllers.ts';
import { type Clock, systemClock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { createCertificateTools } from '../cluster/certificate-requests.ts';
import { createControllers } from '../controllers/index.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';

/** A test cluster with control loops running in it. */
export interface World {
  readonly cluster: TestCluster;
  readonly client: Client;
  readonly metrics: ControllerMetrics;
  /** What the loops logged: failed reconciles above all. */
  readonly logged: readonly string[];
  /** Stops the loops, then the server. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Default: all built-in ones. */
  readonly controllers?: readonly ControlLoop[];
  /** Time of the control loops; the server keeps the system's. */
  readonly clock?: Clock;
  /** Puts something between the control loops and the server: delays, broken connections. */
  readonly through?: (transport: Transport) => Transport;
}

/** Starts a test cluster and control loops over it. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { clock = systemClock, through = (transport) => transport } = options;
  const cluster = await startTestCluster({ https: false });
  const controllers =
    options.controllers ??
    createControllers({
      caCertificate: cluster.pki.ca.cert,
      certificates: createCertificateTools(cluster.pki.ca),
      issueSecretToken: cluster.server.issueSecretToken,
    });
  const metrics = new ControllerMetrics();
  const logged: string[] = [];
  const stop = new AbortController();
  const running = runControllers(
    {
      client: new Client(through(cluster.client.transport)),
      clock,
      controllers,
      component: 'controller-manager',
      metrics,
      log: (message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
    },
    stop.signal,
  );
  return {
    cluster,
    client: cluster.client,
    metrics,
    logged,
    async close() {
      stop.abort();
      await running;
      await cluster.close();
    },
  };
}

export interface Expectation<T extends KubeObject, R> {
  readonly namespace?: string;
  /** What to wait for; undefined or false: not yet. */
  readonly until: (objects: readonly DeepReadonly<T>[]) => R | undefined | false;
  readonly timeoutMs?: number;
}

/**
 * Watches a kind until its objects are as expected and returns what `until` returned. Rejects after the
 * timeout (10 s) with the state that was reached.
 */
export async function eventually<T extends KubeObject, R>(
  client: Client,
  kind: ObjectType<T>,
  expectation: Expectation<T, R>,
): Promise<R> {
  const { namespace, until, timeoutMs = 10_000 } = expectation;
  const stop = new AbortController();
  const informer = createInformer<T>({ client, kind, namespace, clock: systemClock });
  const running = informer.run(stop.signal);
  try {
    return await new Promise<R>((resolve, reject) => {
      const look = () => {
        if (!informer.synced) return;
        const result = until(informer.list());
        if (result !== undefined && result !== false) resolve(result);
      };
      informer.onChange(look);
      void informer.whenSynced(stop.signal).then(look, () => undefined);
      const timer = setTimeout(() => {
        const state = JSON.stringify(informer.list(), null, 1);
        reject(new Error(`${kind.kind} not as expected after ${timeoutMs} ms: ${state}`));
      }, timeoutMs);
      stop.signal.addEventListener('abort', () => clearTimeout(timer));
    });
  } finally {
    stop.abort();
    await running;
  }
}
