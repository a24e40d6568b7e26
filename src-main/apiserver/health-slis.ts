import { MetricsText } from '@shared/lib/metrics-text.ts';

interface Results {
  readonly labels: { readonly name: string; readonly type: string };
  wasLastWell: boolean;
  readonly counts: { success: number; error: number };
}

/**
 * What health checks came to, each time somebody asked, for `/metrics/slis`.
 * https://kubernetes.io/docs/reference/instrumentation/slis/
 */
export class HealthSlis {
  readonly #results = new Map<string, Results>();

  /** `type` is the endpoint asked: `healthz`, `livez` or `readyz`. */
  note(name: string, type: string, isWell: boolean): void {
    const key = `${type} ${name}`;
    const fresh: Results = { labels: { name, type }, wasLastWell: isWell, counts: { success: 0, error: 0 } };
    const results = this.#results.get(key) ?? fresh;
    this.#results.set(key, results);
    results.wasLastWell = isWell;
    results.counts[isWell ? 'success' : 'error'] += 1;
  }

  text(): string {
    const text = new MetricsText();
    const last = text.gauge('kubernetes_healthcheck', 'What a check came to last: 1 is well.');
    const total = text.counter('kubernetes_healthchecks_total', 'How often a check came to what.');
    for (const { labels, wasLastWell, counts } of this.#results.values()) {
      last(wasLastWell ? 1 : 0, labels);
      for (const [status, count] of Object.entries(counts))
        if (count > 0) total(count, { ...labels, status });
    }
    return text.toString();
  }
}
