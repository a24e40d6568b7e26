import { Histogram, type MetricsText } from '@shared/lib/metrics-text.ts';
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
  readonly waits = { true: new Histogram(bounds), false: new Histogram(bounds) };
  /** Of a watch, until it has begun. */
  readonly executions = { regular: new Histogram(bounds), watch: new Histogram(bounds) };

  constructor(level: string, schema: string) {
    this.level = level;
    this.schema = schema;
  }

  reject(reason: RejectReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
  }
}

interface FlowFacts {
  readonly levels: readonly PriorityLevel[];
  readonly flows: readonly FlowStats[];
  readonly nowMs: number;
}

/** The metrics `apiserver_flowcontrol_*`. */
export function writeFlowMetrics(text: MetricsText, facts: FlowFacts): void {
  writeFlows(text, facts.flows);
  writeLimits(text, facts.levels);
  writeDemand(text, facts);
}

const prefix = 'apiserver_flowcontrol_';

function writeFlows(text: MetricsText, flows: readonly FlowStats[]): void {
  const dispatched = text.counter(`${prefix}dispatched_requests_total`, 'Requests that got a seat.');
  const rejected = text.counter(`${prefix}rejected_requests_total`, 'Requests refused, by why.');
  const gauge = (name: string, help: string) => text.gauge(`${prefix}current_${name}`, help);
  const waiting = gauge('inqueue_requests', 'Requests that wait in queues.');
  const waitingSeats = gauge('inqueue_seats', 'Seats that waiting requests ask for.');
  const executing = gauge('executing_requests', 'Requests that have a seat; watches while they begin.');
  const executingSeats = gauge('executing_seats', 'Seats that are taken.');
  const waits = text.histogram(`${prefix}request_wait_duration_seconds`, 'How long requests waited.');
  const executions = text.histogram(
    `${prefix}request_execution_seconds`,
    'How long requests had their seats; watches while they began.',
  );
  for (const flow of flows) {
    const labels = { priority_level: flow.level, flow_schema: flow.schema };
    dispatched(flow.dispatched, labels);
    for (const [reason, count] of flow.rejected) rejected(count, { ...labels, reason });
    waiting(flow.waiting, labels);
    waitingSeats(flow.waitingSeats, labels);
    executing(flow.executing, labels);
    executingSeats(flow.executingSeats, labels);
    for (const [execute, histogram] of Object.entries(flow.waits)) waits(histogram, { ...labels, execute });
    for (const [type, histogram] of Object.entries(flow.executions))
      executions(histogram, { ...labels, type });
  }
}

function writeLimits(text: MetricsText, levels: readonly PriorityLevel[]): void {
  const limits = [
    ['nominal_limit_seats', 'Seats by shares.', ({ nominal }: PriorityLevel) => nominal],
    ['lower_limit_seats', 'Seats that are never lent.', ({ guaranteed }: PriorityLevel) => guaranteed],
    ['upper_limit_seats', 'Seats with all that may be borrowed.', ({ upper }: PriorityLevel) => upper],
    [
      'current_limit_seats',
      'Seats that could be taken now.',
      (level: PriorityLevel) => currentLimit(level, levels),
    ],
  ] as const;
  for (const [name, help, read] of limits) {
    const gauge = text.gauge(`${prefix}${name}`, help);
    for (const level of levels) gauge(read(level), { priority_level: level.settings.name });
  }
}

function writeDemand(text: MetricsText, { levels, nowMs }: FlowFacts): void {
  const period = 'in the last whole ten seconds';
  const average = text.gauge(`${prefix}demand_seats_average`, `Seats taken or waited for ${period}.`);
  const highest = text.gauge(`${prefix}demand_seats_high_watermark`, `Most seats wanted ${period}.`);
  const deviation = text.gauge(`${prefix}demand_seats_stdev`, `How much the seats wanted varied ${period}.`);
  const all = text.histogram(
    `${prefix}demand_seats`,
    'Seats wanted in multiples of the nominal ones, observed every nanosecond.',
  );
  for (const { settings, demand } of levels) {
    const labels = { priority_level: settings.name };
    const facts = demand.facts(nowMs);
    average(facts.average, labels);
    highest(facts.highest, labels);
    deviation(facts.deviation, labels);
    all(demand.histogram, labels);
  }
}
