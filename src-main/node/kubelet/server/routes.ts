import type { IncomingMessage, ServerResponse } from 'node:http';
import { MetricsText } from '@shared/lib/metrics-text.ts';
import { serveCheckpoint, serveRun } from './commands.ts';
import { kubeletConfiguration } from './configuration.ts';
import { containerMetrics } from './container-metrics.ts';
import { notFound } from './http-error.ts';
import type { KubeletServerOptions } from './kubelet-server.ts';
import { serveLogs } from './log-handler.ts';
import { serveNodeLogs } from './node-logs.ts';
import { ownMetrics, probeMetrics } from './own-metrics.ts';
import { resourceMetrics } from './resource-metrics.ts';
import { runningPods } from './running-pods.ts';
import type { StatsSummary } from './stats.ts';
import { readUsage } from './usage.ts';

export interface KubeletRequest {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the path, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

type Serve = (request: KubeletRequest) => Promise<void>;

const healthChecks = ['ping', 'log', 'syncloop'];

/** What answers without an upgrade, by the first part of the path. They throw `HttpError`. */
export function kubeletRoutes(
  options: KubeletServerOptions,
  stats: StatsSummary,
): Readonly<Record<string, Serve>> {
  const { kubelet, clock, machine } = options;
  return {
    healthz: async ({ response, parts, query }) => {
      if (parts.length > 2 || (parts[1] && !healthChecks.includes(parts[1]))) throw notFound();
      const lines = healthChecks.map((check) => `[+]${check} ok\n`);
      send(response, query.has('verbose') ? `${lines.join('')}healthz check passed\n` : 'ok');
    },
    pods: async ({ response }) => sendJson(response, podList(kubelet.pods())),
    runningpods: async ({ response }) => sendJson(response, podList(await runningPods(options.runtime))),
    stats: async ({ response, parts }) => {
      if (parts[1] !== 'summary' || parts.length > 2) throw notFound();
      sendJson(response, await stats.read());
    },
    metrics: async ({ response, parts }) => {
      const [, which = '', ...more] = parts;
      if (more.length > 0) throw notFound();
      const texts: Readonly<Record<string, () => string | Promise<string>>> = {
        '': () => ownMetrics(options),
        cadvisor: async () => containerMetrics(await readUsage(options), machine, clock.now()),
        resource: async () => resourceMetrics(await readUsage(options), clock.now()),
        probes: () => probeMetrics(kubelet.probeCounts()),
      };
      const text = Object.hasOwn(texts, which) ? texts[which] : undefined;
      if (!text) throw notFound();
      send(response, await text(), MetricsText.contentType);
    },
    configz: async ({ response }) => sendJson(response, { kubeletconfig: kubeletConfiguration(options) }),
    logs: ({ response, parts }) => serveNodeLogs(options.logFolder, parts.slice(1).join('/'), response),
    containerLogs: ({ response, parts, query }) => {
      const [, namespace, pod, container] = parts;
      if (!namespace || !pod || !container || parts.length > 4) throw notFound();
      return serveLogs(options, { target: { namespace, pod, container }, query }, response);
    },
    run: (request) => serveRun(options, request),
    checkpoint: (request) => serveCheckpoint(options, request),
  };
}

/** Paths that are for GET alone. */
export function isReadOnly(root: string): boolean {
  return root !== 'run' && root !== 'checkpoint';
}

function podList(items: readonly object[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}

function send(response: ServerResponse, text: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(200, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(text);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
