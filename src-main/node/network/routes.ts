import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Client } from '@shared/client/client.ts';
import { createInformer } from '@shared/client/reflector.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { Backoff } from '@shared/lib/backoff.ts';
import { type Clock, sleep, systemClock } from '@shared/lib/clock.ts';
import type { ClusterNetwork } from '@shared/rpc/cluster-config.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { exec } from '../../platform/exec.ts';
import { cniConfig, cniConfigFile } from './cni.ts';
import { renderEgressRules } from './egress.ts';
import { planRoutes, routeCommands, routeProtocol } from './route-plan.ts';
import { SyncLoop } from './sync-loop.ts';

export interface RoutesOptions {
  readonly client: Client;
  readonly nodeName: string;
  /** This node's part of the pod network. */
  readonly podCidr: string;
  readonly network: ClusterNetwork;
  readonly clock?: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/**
 * Gives this node its part of the pod network and keeps it until `signal` aborts: kernel settings, the CNI
 * configuration (whose arrival makes containerd's network ready), masquerading of what leaves the cluster, and
 * routes to the pods of every other node as Node objects come and go. Trouble is logged and retried.
 *
 * Only settings of the node's own network namespace are written: `vm.*`, `kernel.*` and `fs.*` are the host's.
 */
export async function runRoutes(options: RoutesOptions, signal: AbortSignal): Promise<void> {
  const { client, clock = systemClock, log } = options;
  const nodes = createInformer({ client, kind: nodeKind, clock, log });
  const loop = new SyncLoop({ clock, log, name: 'routes', sync: () => syncRoutes(options, nodes.list()) });
  const listening = nodes.onChange(() => {
    if (nodes.synced) loop.request();
  });
  try {
    await setUp(options, signal);
    await Promise.all([
      nodes.run(signal),
      nodes.whenSynced(signal).then(() => loop.run(signal), ignoreAbort(signal)),
    ]);
  } finally {
    listening.dispose();
  }
}

async function setUp(options: RoutesOptions, signal: AbortSignal): Promise<void> {
  const { clock = systemClock, log } = options;
  const backoff = new Backoff({ initialMs: 500, maxMs: 30_000 });
  while (!signal.aborted) {
    try {
      await setUpOnce(options);
      return;
    } catch (error) {
      log('setting up the pod network failed', { error: String(error) });
      await sleep(clock, backoff.next(), signal).catch(ignoreAbort(signal));
    }
  }
}

async function setUpOnce({ podCidr, network }: RoutesOptions): Promise<void> {
  await setSysctl('net/ipv4/ip_forward', '1');
  const bridgeNetfilter = await exists('/proc/sys/net/bridge/bridge-nf-call-iptables');
  if (bridgeNetfilter) {
    await setSysctl('net/bridge/bridge-nf-call-iptables', '1');
    await setSysctl('net/bridge/bridge-nf-call-ip6tables', '1');
  }
  await exec('nft', ['-f', '-'], { input: renderEgressRules(network) });
  const mtu = Number((await readFile('/sys/class/net/eth0/mtu', 'utf8').catch(() => '')).trim()) || 1500;
  await mkdir(dirname(cniConfigFile), { recursive: true });
  await writeFileAtomic(cniConfigFile, cniConfig({ podCidrs: [podCidr], mtu, bridgeNetfilter }), 0o644);
}

async function syncRoutes(
  { nodeName, network }: RoutesOptions,
  nodes: Parameters<typeof planRoutes>[0],
): Promise<void> {
  if (network.nodeSubnet === null) return;
  const wanted = planRoutes(nodes, { nodeName, nodeSubnet: network.nodeSubnet });
  for (const family of ['-4', '-6']) {
    const { stdout } = await exec('ip', [family, 'route', 'show', 'proto', routeProtocol]);
    const ofFamily = wanted.filter(({ podCidr }) => podCidr.includes(':') === (family === '-6'));
    const commands = routeCommands(ofFamily, stdout);
    if (commands.length > 0) await exec('ip', [family, '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }
}

/** A setting that already has the value is not written: some hosts show /proc/sys read-only. */
async function setSysctl(name: string, value: string): Promise<void> {
  const path = `/proc/sys/${name}`;
  if ((await readFile(path, 'utf8')).trim() !== value) await writeFile(path, value);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Swallows the rejection that an aborted signal causes, and no other. */
function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
