import { readFileSync } from 'node:fs';
import { Client } from '@shared/client/client.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { runDns } from '../../src-main/node/dns/server.ts';
import { runKubeProxy } from '../../src-main/node/kube-proxy/proxy.ts';
import { runRoutes } from '../../src-main/node/network/routes.ts';
import { createServiceInformers } from '../../src-main/node/network/service-informers.ts';
import { createHttpsTransport } from '../../src-main/platform/https-transport.ts';

/** The network part of a node agent alone: no kubelet, so that a test says what pods there are. */
const config = JSON.parse(readFileSync('/etc/slipway/node.json', 'utf8'));
const { server, ca, cert, key, nodeName, podCidr, network } = config;
const client = new Client(createHttpsTransport({ server, ca, cert, key, serverName: '127.0.0.1' }));
const log = (message: string, fields?: Record<string, unknown>) =>
  console.log(message, JSON.stringify(fields ?? {}));
const informers = createServiceInformers({ client, clock: systemClock, log });
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

void Promise.all([
  informers.run(stop.signal),
  runRoutes({ client, nodeName, podCidr, network, log }, stop.signal),
  runKubeProxy({ informers, nodeName, network, log }, stop.signal),
  runDns({ informers, network, log }, stop.signal),
]).then(() => process.exit(0));
