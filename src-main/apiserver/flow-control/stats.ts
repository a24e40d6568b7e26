import type { PriorityLevel, RejectReason } from './level.ts';
import { currentLimit } from './seats.ts';

/** Upper bounds in seconds, as kube-apiserver's for waiting. */
const bounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** What became of the requests of one flow schema in one priority level. */
export class FlowStats {
  readonly level: string;
  readonly schema: string;
  dispatched = 0;
  waiting = 0;
  waitingSeats = 0;
  executing = 0;
  executingSeats = 0;
  readonly rejected = new Map<RejectReason, number>();
  /** How long it took until a request was executed, and until one was refused. */
  readonly waits = { true: new Histogram(), false: new Histogram() };
  /** Of a watch, until it has begun. */
  readonly executions = { regular: new Histogram(), watch: new Histogram() };

  constructor(level: string, schema: string) {
    this.level = level;
    this.schema = schema;
  }

  reject(reason: RejectReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
  }
}

class Histogram {
  readonly #buckets = new Float64Array(bounds.length);
  #count = 0;
  #sum = 0;

  add(seconds: number): void {
    this.#count += 1;
    this.#sum += seconds;
    for (let index = 0; index < bounds.length; index += 1)
      if (seconds <= (bounds[index] ?? 0)) {
        this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
        return;
      }
  }

  /** None while nothing was counted. */
  lines(name: string, labels: string): string[] {
    if (this.#count === 0) return [];
    let below = 0;
    const lines = bounds.map((bound, index) => {
      below += this.#buckets[index] ?? 0;
      return `${name}_bucket{${labels},le="${bound}"} ${below}`;
    });
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${this.#count}`);
    lines.push(`${name}_sum{${labels}} ${this.#sum}`, `${name}_count{${labels}} ${this.#count}`);
    return lines;
  }
}

/** The metrics `apiserver_flowcontrol_*`, in the Prometheus text format. */
export function metricsText(levels: readonly PriorityLevel[], flows: readonly FlowStats[]): string {
  const lines: string[] = [];
  const metric = (name: string, type: string, samples: readonly string[]) => {
    lines.push(`# TYPE apiserver_flowcontrol_${name} ${type}`, ...samples);
  };
  const perFlow = (name: string, type: string, read: (flow: FlowStats) => number) =>
    metric(
      name,
      type,
      flows.map((flow) => `apiserver_flowcontrol_${name}{${labelsOf(flow)}} ${read(flow)}`),
    );
  const perLevel = (name: string, read: (level: PriorityLevel) => number) =>
    metric(
      name,
      'gauge',
      levels.map((level) => {
        const value = read(level);
        const text = value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
        return `apiserver_flowcontrol_${name}{priority_level="${level.settings.name}"} ${text}`;
      }),
    );
  perFlow('dispatched_requests_total', 'counter', ({ dispatched }) => dispatched);
  metric(
    'rejected_requests_total',
    'counter',
    flows.flatMap((flow) =>
      [...flow.rejected].map(
        ([reason, count]) =>
          `apiserver_flowcontrol_rejected_requests_total{${labelsOf(flow)},reason="${reason}"} ${count}`,
      ),
    ),
  );
  perFlow('current_inqueue_requests', 'gauge', ({ waiting }) => waiting);
  perFlow('current_executing_requests', 'gauge', ({ executing }) => executing);
  perFlow('current_inqueue_seats', 'gauge', ({ waitingSeats }) => waitingSeats);
  perFlow('current_executing_seats', 'gauge', ({ executingSeats }) => executingSeats);
  perLevel('nominal_limit_seats', ({ nominal }) => nominal);
  perLevel('lower_limit_seats', ({ guaranteed }) => guaranteed);
  perLevel('upper_limit_seats', ({ upper }) => upper);
  perLevel('current_limit_seats', (level) => currentLimit(level, levels));
  const histogram = (name: string, label: string, of: (flow: FlowStats) => Record<string, Histogram>) =>
    metric(
      name,
      'histogram',
      flows.flatMap((flow) =>
        Object.entries(of(flow)).flatMap(([value, one]) =>
          one.lines(`apiserver_flowcontrol_${name}`, `${labelsOf(flow)},${label}="${value}"`),
        ),
      ),
    );
  histogram('request_wait_duration_seconds', 'execute', ({ waits }) => waits);
  histogram('request_execution_seconds', 'type', ({ executions }) => executions);
  return `${lines.join('\n')}\n`;
}

/** Names of objects are DNS subdomains: nothing in them has to be escaped. */
function labelsOf({ level, schema }: FlowStats): string {
  return `priority_level="${level}",flow_schema="${schema}"`;
}
