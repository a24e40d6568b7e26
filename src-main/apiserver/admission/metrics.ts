import { Histogram, type MetricsText } from '@shared/lib/metrics-text.ts';
import type { Operation } from './admission.ts';

/** One answer of a webhook, or that there was none. */
export interface WebhookOutcome {
  readonly name: string;
  readonly isMutating: boolean;
  readonly operation: Operation;
  readonly seconds: number;
  /** HTTP status of the verdict; 0 where there was none. */
  readonly code: number;
  readonly result: 'allowed' | 'denied' | 'failed' | 'failed-open';
}

export interface PolicyOutcome {
  readonly policy: string;
  readonly binding: string;
  readonly action: 'allow' | 'deny' | 'audit' | 'warn';
  readonly errorType: 'no_error' | 'compile_error' | 'out_of_budget' | 'invalid_error';
}

/** Upper bounds in seconds, as kube-apiserver's. */
const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];

/** Kubernetes' names of what is counted, and what it means. */
const counters = {
  apiserver_admission_webhook_request_total: 'Calls of webhooks by what came of them.',
  apiserver_admission_webhook_rejection_count: 'Requests that webhooks refused, or could not judge.',
  apiserver_admission_webhook_fail_open_count: 'Requests that went on without a webhook’s verdict.',
  apiserver_validating_admission_policy_check_total: 'Verdicts of validating policies.',
} as const;

type Labels = Readonly<Record<string, string>>;

/** What webhooks and policies have decided, by Kubernetes' metric names. Their labels are names people configured. */
export class AdmissionMetrics {
  readonly #durations = new Map<string, { readonly labels: Labels; readonly seconds: Histogram }>();
  readonly #counts = new Map<
    keyof typeof counters,
    Map<string, { readonly labels: Labels; count: number }>
  >();

  webhook({ name, isMutating, operation, seconds, code, result }: WebhookOutcome): void {
    const type = isMutating ? 'admit' : 'validating';
    const rejected = String(result === 'denied' || result === 'failed');
    const called = { name, operation, rejected, type };
    this.#observe(called, seconds);
    this.#count('apiserver_admission_webhook_request_total', { code: String(code), ...called });
    if (result === 'failed-open') this.#count('apiserver_admission_webhook_fail_open_count', { name, type });
    else if (result !== 'allowed')
      this.#count('apiserver_admission_webhook_rejection_count', {
        error_type: result === 'denied' ? 'no_error' : 'calling_webhook_error',
        name,
        operation,
        rejection_code: String(code),
        type,
      });
  }

  policy({ policy, binding, action, errorType }: PolicyOutcome): void {
    this.#count('apiserver_validating_admission_policy_check_total', {
      enforcement_action: action,
      error_type: errorType,
      policy,
      policy_binding: binding,
    });
  }

  write(text: MetricsText): void {
    const seconds = text.histogram(
      'apiserver_admission_webhook_admission_duration_seconds',
      'Time until webhooks answered.',
    );
    for (const { labels, seconds: histogram } of this.#durations.values()) seconds(histogram, labels);
    for (const [name, series] of this.#counts) {
      const total = text.counter(name, counters[name]);
      for (const { labels, count } of series.values()) total(count, labels);
    }
  }

  #observe(labels: Labels, seconds: number): void {
    const key = keyOf(labels);
    const duration = this.#durations.get(key) ?? { labels, seconds: new Histogram(bounds) };
    this.#durations.set(key, duration);
    duration.seconds.add(seconds);
  }

  #count(counter: keyof typeof counters, labels: Labels): void {
    const all = this.#counts.get(counter) ?? new Map<string, { readonly labels: Labels; count: number }>();
    this.#counts.set(counter, all);
    const key = keyOf(labels);
    const series = all.get(key) ?? { labels, count: 0 };
    all.set(key, series);
    series.count += 1;
  }
}

function keyOf(labels: Labels): string {
  return Object.values(labels).join('\n');
}
