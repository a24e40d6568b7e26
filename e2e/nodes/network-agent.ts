import { readFileSync } from 'node:fs';
import { Client } from '@shared/client/client.ts';
import { runDns } from '../../src-main/node/dns/server.ts';
import { runKubeProxy } from '../../src-main/node/kube-proxy/proxy.ts';
import { runRoutes } from '../../src-main/node/network/routes.ts';
import { createHttpsTransport } from '../../src-main/platform/https-transport.ts';

/** The network part of a node agent alone: no kubelet, so that a test says what pods there are. */
const config = JSON.parse(readFileSync('/etc/slipway/node.json', 'utf8'));
const { server, ca, cert, key, nodeName, podCidr, network } = config;
const client = new Client(createHttpsTransport({ server, ca, cert, key, serverName: '127.0.0.1' }));
const log = (message: string, fields?: Record<string, unknown>) =>
  console.log(message, JSON.stringify(fields ?? {}));
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

Promise.all([
  runRoutes({ client, nodeName, podCidr, network, log }, stop.signal),
  runKubeProxy({ client, nodeName, network, log }, stop.signal),
  runDns({ client, network, log }, stop.signal),
]).then(() => process.exit(0));
