import { MetricsText } from '@shared/lib/metrics-text.ts';
import type { Store } from '../store/store.ts';
import { HealthSlis } from './health-slis.ts';
import type { ApiServerRequest, ApiServerResponse } from './request.ts';

/** One thing that must hold for the server to be well. */
export interface HealthCheck {
  readonly name: string;
  /** Part of `/readyz` alone: what must be true before requests are sent here, not for the process to go on. */
  readonly isReadiness?: boolean;
  /** Why not, or undefined. */
  failure(): Promise<string | undefined> | string | undefined;
}

/** What has to be well at all times, by Kubernetes' names. */
export function basicChecks(store: Pick<Store, 'get'>): readonly HealthCheck[] {
  const isReadable = () => store.get('/registry/namespaces/kube-system').then(() => undefined, String);
  return [
    { name: 'ping', failure: () => undefined },
    { name: 'log', failure: () => undefined },
    { name: 'etcd', failure: isReadable },
  ];
}

const hooks = [
  'crd-informer-synced',
  'apiservice-registration-controller',
  'bootstrap-controller',
  'rbac/bootstrap-roles',
  'priority-and-fairness-config-producer',
] as const;

/** What has to be done before requests are sent here; and whether the end has begun. */
export class StartUp {
  readonly #done = new Set<string>();
  #hasEnded = false;

  get checks(): readonly HealthCheck[] {
    return [
      ...hooks.map((hook) => ({
        name: `poststarthook/${hook}`,
        isReadiness: true,
        failure: () => (this.#done.has(hook) ? undefined : 'not finished'),
      })),
      {
        name: 'shutdown',
        isReadiness: true,
        failure: () => (this.#hasEnded ? 'process is shutting down' : undefined),
      },
    ];
  }

  /** Settles as the work does. */
  async run(hook: (typeof hooks)[number], work: Promise<unknown>): Promise<void> {
    await work;
    this.#done.add(hook);
  }

  end(): void {
    this.#hasEnded = true;
  }
}

export interface Health {
  /** Every path there is, single checks included. */
  readonly paths: readonly string[];
  /** Answers `/healthz`, `/livez`, `/readyz` (also verbose, also one check) and `/metrics`; undefined otherwise. */
  find(request: Pick<ApiServerRequest, 'path' | 'query'>): Promise<ApiServerResponse | undefined>;
}

interface HealthOptions {
  readonly checks: readonly HealthCheck[];
  log(message: string, fields?: Record<string, unknown>): void;
  metrics(): Promise<MetricsText>;
}

const endpoints = ['healthz', 'livez', 'readyz'] as const;

/** Source: Kubernetes, "Kubernetes API health endpoints". */
export function createHealth({ checks, log, metrics }: HealthOptions): Health {
  const slis = new HealthSlis();
  const checksOf = (endpoint: string) =>
    checks.filter(({ isReadiness }) => !isReadiness || endpoint !== 'livez');
  const single = endpoints.flatMap((endpoint) =>
    checksOf(endpoint).map(({ name }) => `/${endpoint}/${name}`),
  );
  return {
    paths: [...endpoints.map((endpoint) => `/${endpoint}`), ...single, '/metrics', '/metrics/slis'],
    async find({ path, query }) {
      if (path === '/metrics') return text(200, String(await metrics()), MetricsText.contentType);
      if (path === '/metrics/slis') return text(200, slis.text(), MetricsText.contentType);
      const match = /^\/(healthz|livez|readyz)(?:\/(.*))?$/.exec(path);
      const [, endpoint, name] = match ?? [];
      if (endpoint === undefined) return undefined;
      if (name) return oneCheck(checksOf(endpoint), name);
      return report({ endpoint, checks: checksOf(endpoint), query, log, slis });
    },
  };
}

/** `/livez/ping`: that check alone. */
async function oneCheck(
  checks: readonly HealthCheck[],
  name: string,
): Promise<ApiServerResponse | undefined> {
  const check = checks.find((candidate) => candidate.name === name);
  if (!check) return undefined;
  const failure = await check.failure();
  return failure === undefined ? text(200, 'ok') : text(500, `internal server error: ${failure}\n`);
}

interface Report {
  readonly endpoint: string;
  readonly checks: readonly HealthCheck[];
  readonly query: URLSearchParams;
  readonly slis: HealthSlis;
  log: HealthOptions['log'];
}

/** Reasons stay in the log: this answer needs no credentials. */
async function report({ endpoint, checks, query, log, slis }: Report): Promise<ApiServerResponse> {
  const excluded = new Set(query.getAll('exclude').filter(Boolean));
  const unknown = new Set(excluded);
  const lines: string[] = [];
  const failed: string[] = [];
  for (const { name, failure } of checks) {
    if (excluded.has(name)) {
      unknown.delete(name);
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const why = await failure();
    slis.note(name, endpoint, why === undefined);
    if (why === undefined) lines.push(`[+]${name} ok`);
    else {
      lines.push(`[-]${name} failed: reason withheld`);
      failed.push(`${name}: ${why}`);
    }
  }
  if (unknown.size > 0) {
    const names = [...unknown].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed.length > 0) {
    log(`${endpoint} check failed`, { failed });
    return text(500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  }
  if (!query.has('verbose')) return text(200, 'ok');
  return text(200, `${lines.join('\n')}\n${endpoint} check passed\n`);
}

function text(code: number, body: string, contentType = 'text/plain; charset=utf-8'): ApiServerResponse {
  return { type: 'raw', code, contentType, body, headers: { 'x-content-type-options': 'nosniff' } };
}
