import type { ApiServerRequest, ApiServerResponse } from './request.ts';

/** One thing that must hold for the server to be well. */
export interface HealthCheck {
  readonly name: string;
  /** Part of `/readyz` alone: what must be true before requests are sent here, not for the process to go on. */
  readonly isReadiness?: boolean;
  /** Why not, or undefined. */
  failure(): string | undefined;
}

export interface Health {
  /** Answers `/healthz`, `/livez`, `/readyz` (also verbose, also one check) and `/metrics`; undefined otherwise. */
  find(request: Pick<ApiServerRequest, 'path' | 'query'>): Promise<ApiServerResponse | undefined>;
}

interface HealthOptions {
  readonly checks: readonly HealthCheck[];
  log(message: string, fields?: Record<string, unknown>): void;
  metrics(): Promise<string>;
}

/** Source: Kubernetes, "Kubernetes API health endpoints". */
export function createHealth({ checks, log, metrics }: HealthOptions): Health {
  return {
    async find({ path, query }) {
      if (path === '/metrics') return text(200, await metrics(), 'text/plain; version=0.0.4; charset=utf-8');
      const match = /^\/(healthz|livez|readyz)(?:\/(.*))?$/.exec(path);
      const [, endpoint, name] = match ?? [];
      if (endpoint === undefined) return undefined;
      const served = checks.filter((check) => !check.isReadiness || endpoint !== 'livez');
      if (name) return oneCheck(served, name);
      return report({ endpoint, checks: served, query, log });
    },
  };
}

/** `/livez/ping`: that check alone. */
function oneCheck(checks: readonly HealthCheck[], name: string): ApiServerResponse | undefined {
  const check = checks.find((candidate) => candidate.name === name);
  if (!check) return undefined;
  const failure = check.failure();
  return failure === undefined ? text(200, 'ok') : text(500, `internal server error: ${failure}\n`);
}

interface Report {
  readonly endpoint: string;
  readonly checks: readonly HealthCheck[];
  readonly query: URLSearchParams;
  log: HealthOptions['log'];
}

/** Reasons stay in the log: this answer needs no credentials. */
function report({ endpoint, checks, query, log }: Report): ApiServerResponse {
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
    const why = failure();
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
