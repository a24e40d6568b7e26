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

interface Duration {
  readonly buckets: Uint32Array;
  count: number;
  sum: number;
}

/** What webhooks and policies have decided, by Kubernetes' metric names. Their labels are names people configured. */
export class AdmissionMetrics {
  readonly #durations = new Map<string, Duration>();
  readonly #counters = new Map<string, Map<string, number>>();

  webhook({ name, isMutating, operation, seconds, code, result }: WebhookOutcome): void {
    const type = isMutating ? 'admit' : 'validating';
    const rejected = String(result === 'denied' || result === 'failed');
    const called = { name, operation, rejected, type };
    this.#observe(labelsOf(called), seconds);
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

  text(): string {
    const lines: string[] = [];
    const name = 'apiserver_admission_webhook_admission_duration_seconds';
    if (this.#durations.size > 0) lines.push(`# TYPE ${name} histogram`);
    for (const [labels, { buckets, count, sum }] of this.#durations) {
      let below = 0;
      for (const [index, bound] of bounds.entries()) {
        below += buckets[index] ?? 0;
        lines.push(`${name}_bucket{${labels},le="${bound}"} ${below}`);
      }
      lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`);
      lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`);
    }
    for (const [counter, series] of this.#counters) {
      lines.push(`# TYPE ${counter} counter`);
      for (const [labels, count] of series) lines.push(`${counter}{${labels}} ${count}`);
    }
    return lines.map((line) => `${line}\n`).join('');
  }

  #observe(labels: string, seconds: number): void {
    let duration = this.#durations.get(labels);
    if (!duration) {
      duration = { buckets: new Uint32Array(bounds.length), count: 0, sum: 0 };
      this.#durations.set(labels, duration);
    }
    duration.count += 1;
    duration.sum += seconds;
    const bucket = bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) duration.buckets[bucket] = (duration.buckets[bucket] ?? 0) + 1;
  }

  #count(counter: string, labels: Readonly<Record<string, string>>): void {
    const series = this.#counters.get(counter) ?? new Map<string, number>();
    this.#counters.set(counter, series);
    const key = labelsOf(labels);
    series.set(key, (series.get(key) ?? 0) + 1);
  }
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
