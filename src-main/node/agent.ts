import { setMaxListeners } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { Client } from '@shared/client/client.ts';
import { createEventRecorder } from '@shared/client/recorder.ts';
import { type Clock, sleep, systemClock } from '@shared/lib/clock.ts';
import { kubeletPort, type NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import { createHttpsTransport } from '../platform/https-transport.ts';
import type { Log } from '../platform/log.ts';
import { clusterDnsAddress, runDns } from './dns/server.ts';
import { runKubeProxy } from './kube-proxy/proxy.ts';
import { parseResolvConf } from './kubelet/config/dns.ts';
import { createCriRuntime } from './kubelet/cri/cri-runtime.ts';
import { runStorageEviction } from './kubelet/eviction/storage.ts';
import { createKubelet } from './kubelet/kubelet.ts';
import { runLogRotation } from './kubelet/logs/rotate.ts';
import { missingCapabilities, readMachine } from './kubelet/node/machine.ts';
import { allocatableMemoryBytes, type MachineFacts } from './kubelet/node/node-status.ts';
import { runRegistration } from './kubelet/node/registration.ts';
import type { NodeFacts } from './kubelet/pod/context.ts';
import type { ContainerRuntime } from './kubelet/runtime.ts';
import { createKubeletServer } from './kubelet/server/kubelet-server.ts';
import { linuxMounter } from './kubelet/volumes/mounter.ts';
import { runRoutes } from './network/routes.ts';
import { createServiceInformers } from './network/service-informers.ts';

export interface NodeAgentOptions {
  readonly config: NodeAgentConfig;
  /** PEM: the cluster's authority, and this node's certificate and key, for serving and for calling. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly log: Log;
  readonly runtimeAddress?: string;
  readonly clock?: Clock;
}

const containerdAddress = 'unix:///run/containerd/containerd.sock';
const runtimeRetryMs = 200;
const directories = { disk: '/var/lib/kubelet/pods', memory: '/run/kubelet/pods' };
const logFolder = '/var/log';
const logRoot = `${logFolder}/pods`;

/** Composition root of a node: kubelet, kube-proxy, routes and DNS in one process, until `signal` aborts. */
export async function runNodeAgent(options: NodeAgentOptions, signal: AbortSignal): Promise<void> {
  const { config, ca, cert, key, log, clock = systemClock } = options;
  const transport = createHttpsTransport({
    server: config.apiServer,
    ca,
    cert,
    key,
    userAgent: 'slipway-node',
  });
  const runtime = createCriRuntime(options.runtimeAddress ?? containerdAddress);
  try {
    const client = new Client(transport);
    const facts = await waitForRuntime({ config, runtime, clock, log }, signal);
    await Promise.all(Object.values(directories).map((path) => mkdir(path, { recursive: true })));
    const events = createEventRecorder({ client, component: 'kubelet', host: config.nodeName, clock, log });
    const informers = createServiceInformers({ client, clock, log });
    const node = await nodeFacts(config, facts);
    const kubelet = createKubelet({
      client,
      clock,
      runtime,
      mounter: linuxMounter,
      events,
      node,
      services: informers.services,
      log: part(log, 'kubelet'),
    });
    const server = createKubeletServer({
      kubelet,
      runtime,
      client,
      clock,
      nodeName: config.nodeName,
      machine: facts,
      dns: node.dns,
      logFolder,
      port: kubeletPort,
      cert,
      key,
      clientCa: ca,
      log: part(log, 'server'),
    });
    await server.listen();
    log('node agent started', { node: config.nodeName, apiServer: config.apiServer });
    try {
      await runAll(signal, {
        events: (end) => events.run(end),
        informers: (end) => informers.run(end),
        kubelet: (end) => kubelet.run(end),
        registration: (end) =>
          runRegistration({ client, clock, runtime, config, facts, log: part(log, 'node') }, end),
        storageEviction: (end) =>
          runStorageEviction({ kubelet, runtime, node, clock, log: part(log, 'eviction') }, end),
        logRotation: (end) => runLogRotation({ runtime, clock, log: part(log, 'logs') }, end),
        routes: (end) => runRoutes({ ...config, client, clock, log: part(log, 'routes') }, end),
        dns: (end) => runDns({ informers, network: config.network, clock, log: part(log, 'dns') }, end),
        kubeProxy: (end) => runKubeProxy({ ...config, informers, clock, log: part(log, 'kube-proxy') }, end),
      });
    } finally {
      await server.close();
    }
  } finally {
    transport.dispose();
    runtime.close();
  }
}

type Loop = (signal: AbortSignal) => Promise<void>;

/** Runs all loops; the first that fails ends the others, and its error is the one thrown. */
async function runAll(signal: AbortSignal, loops: Readonly<Record<string, Loop>>): Promise<void> {
  const abort = new AbortController();
  const end = AbortSignal.any([signal, abort.signal]);
  // Every watch and every loop of the node listens to it.
  setMaxListeners(0, end);
  const results = await Promise.allSettled(
    Object.entries(loops).map(async ([name, run]) => {
      try {
        await run(end);
      } catch (error) {
        abort.abort();
        throw new Error(`${name} failed`, { cause: error });
      }
    }),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure && !signal.aborted) throw failure.reason;
}

function part(log: Log, name: string): Log {
  return log.with({ part: name });
}

/** What the machine is, as soon as the runtime answers. Rejects with the signal's reason. */
async function waitForRuntime(
  {
    config,
    runtime,
    clock,
    log,
  }: { config: NodeAgentConfig; runtime: ContainerRuntime; clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<MachineFacts> {
  let isTold = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await readMachine(config, runtime);
    } catch (error) {
      if (!isTold) log.warn('waiting for the container runtime', { error: String(error) });
      isTold = true;
      await sleep(clock, runtimeRetryMs, signal);
    }
  }
}

async function nodeFacts(config: NodeAgentConfig, facts: MachineFacts): Promise<NodeFacts> {
  const [resolvConf, hosts, unavailableCapabilities] = await Promise.all([
    readFile('/etc/resolv.conf', 'utf8').catch(() => ''),
    readFile('/etc/hosts', 'utf8').catch(() => ''),
    missingCapabilities(),
  ]);
  const dnsServer = clusterDnsAddress(config.network.serviceCidr);
  const resolver = parseResolvConf(resolvConf);
  // Docker's resolver answers on the node's own loopback, which pods cannot reach: they ask the cluster's DNS.
  const servers = resolver.servers.map((server) => (/^127\.|^::1$/.test(server) ? dnsServer : server));
  return {
    name: config.nodeName,
    ips: config.nodeIp.split(','),
    allocatable: {
      cpuMilli: facts.cpuMilli,
      memoryBytes: allocatableMemoryBytes(facts),
      storageBytes: facts.storageBytes,
    },
    dns: { server: dnsServer, domain: config.network.clusterDomain },
    resolver: { servers: [...new Set(servers)], searches: [], options: [] },
    hosts,
    unavailableCapabilities,
    directories,
    logRoot,
  };
}
