import type { Clock } from '@shared/lib/clock.ts';
import type { ApiServerRequest, ApiServerResponse } from './request.ts';

/** One thing that must hold for the server to be well. */
export interface HealthCheck {
  readonly name: string;
  /** Why not, or undefined. */
  failure(): string | undefined;
}

export interface Health {
  /** Answers `/healthz`, `/livez`, `/readyz` (also verbose, also one check) and `/metrics`; undefined otherwise. */
  find(request: Pick<ApiServerRequest, 'path' | 'query'>): ApiServerResponse | undefined;
}

interface HealthOptions {
  readonly checks: readonly HealthCheck[];
  readonly clock: Clock;
  metrics(): string;
}

export function createHealth({ checks, metrics }: HealthOptions): Health {
  return {
    find({ path, query }) {
      if (path === '/metrics') return text(200, metrics(), 'text/plain; version=0.0.4; charset=utf-8');
      const [, endpoint, name, ...rest] = path.split('/');
      if (!endpoint || rest.length > 0 || !['healthz', 'livez', 'readyz'].includes(endpoint))
        return undefined;
      const asked = name ? checks.filter((check) => check.name === name) : checks;
      if (asked.length === 0) return undefined;
      const excluded = new Set(query.getAll('exclude'));
      return report(
        endpoint,
        asked.filter((check) => !excluded.has(check.name)),
        query.has('verbose'),
      );
    },
  };
}

function report(endpoint: string, checks: readonly HealthCheck[], verbose: boolean): ApiServerResponse {
  const results = checks.map((check) => ({ name: check.name, failure: check.failure() }));
  const failed = results.some(({ failure }) => failure !== undefined);
  if (!failed && !verbose) return text(200, 'ok');
  const lines = results.map(({ name, failure }) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
  );
  return text(
    failed ? 500 : 200,
    `${[...lines, `${endpoint} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n`,
  );
}

function text(code: number, body: string, contentType = 'text/plain; charset=utf-8'): ApiServerResponse {
  return { type: 'raw', code, contentType, body, headers: { 'x-content-type-options': 'nosniff' } };
}
