import { networkInterfaces } from 'node:os';
import { type Clock, systemClock } from '@shared/lib/clock.ts';
import type { ClusterNetwork } from '@shared/rpc/cluster-config.ts';
import { exec } from '../../platform/exec.ts';
import type { ServiceInformers } from '../network/service-informers.ts';
import { SyncLoop } from '../network/sync-loop.ts';
import { staleFlows } from './conntrack.ts';
import { ProxyHealth, serveHealth } from './health.ts';
import { planServices, type ServicePortPlan } from './plan.ts';
import { type ProxyNetwork, proxyTable, renderRules } from './render.ts';
import { formatChanges, formatWhole, type Ruleset } from './ruleset.ts';

export interface KubeProxyOptions {
  /** Run by the caller. */
  readonly informers: Pick<ServiceInformers, 'services' | 'slices'>;
  readonly nodeName: string;
  readonly network: Pick<ClusterNetwork, 'podCidr' | 'serviceCidr'>;
  readonly clock?: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/**
 * Keeps this node's nftables rules in step with Services and EndpointSlices until `signal` aborts. Every state is
 * put in place in one transaction; changes within 20 ms go together. The first, and the one after a failure,
 * replaces the whole table. Rules stay when it ends, so that connections survive a restart of the agent.
 */
export async function runKubeProxy(options: KubeProxyOptions, signal: AbortSignal): Promise<void> {
  const { informers, nodeName, network, clock = systemClock, log } = options;
  const { services, slices } = informers;
  const applier = new RuleApplier({
    podCidrs: network.podCidr.split(','),
    serviceCidrs: network.serviceCidr.split(','),
  });
  const health = new ProxyHealth(clock);
  const sync = async () => {
    const atMs = clock.now();
    await applier.apply(planServices(services.list(), slices.list(), nodeName));
    health.applied(atMs);
  };
  const loop = new SyncLoop({ name: 'kube-proxy', clock, log, sync });
  const request = () => {
    health.changed();
    loop.request();
  };
  const listening = [services.onChange(request), slices.onChange(request)];
  try {
    await Promise.all([runWhenSynced(), serveHealth({ health, clock, log }, signal)]);
  } finally {
    for (const item of listening) item.dispose();
  }

  /** Rules from half a state would cut off Services whose endpoints have not arrived yet. */
  async function runWhenSynced(): Promise<void> {
    try {
      await Promise.all([services.whenSynced(signal), slices.whenSynced(signal)]);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await loop.run(signal);
  }
}

class RuleApplier {
  readonly #network: ProxyNetwork;
  /** What the kernel holds; undefined: unknown. */
  #applied: Ruleset | undefined;
  #udpState = '';

  constructor(network: ProxyNetwork) {
    this.#network = network;
  }

  async apply(plans: readonly ServicePortPlan[]): Promise<void> {
    const wanted = renderRules(plans, this.#network);
    const script = this.#applied
      ? formatChanges(proxyTable, this.#applied, wanted)
      : formatWhole(proxyTable, wanted);
    if (script !== '') {
      this.#applied = undefined;
      await exec('nft', ['-f', '-'], { input: script });
      this.#applied = wanted;
    }
    await this.#forgetStaleFlows(plans.filter(({ protocol }) => protocol === 'udp'));
  }

  async #forgetStaleFlows(udpPlans: readonly ServicePortPlan[]): Promise<void> {
    const state = JSON.stringify(udpPlans);
    if (state === this.#udpState || udpPlans.length === 0) return;
    const { stdout } = await exec('conntrack', ['-L', '-p', 'udp']);
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const nodeAddresses = new Set(own.map(({ address }) => address));
    // Status 1: the flow ended by itself meanwhile.
    for (const args of staleFlows(stdout, udpPlans, nodeAddresses))
      await exec('conntrack', args, { okStatuses: [0, 1] });
    this.#udpState = state;
  }
}
