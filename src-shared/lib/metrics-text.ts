type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: string[];
}

/** Adds a sample to its family. */
export type Sample = (value: number, labels?: Labels, timestampMs?: number) => void;

/**
 * Metrics in the Prometheus text format, family by family in the order in which they are first named; families
 * without samples are left out. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class MetricsText {
  static readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string): Sample {
    return this.#family(name, { type: 'counter', help, samples: [] });
  }

  gauge(name: string, help: string): Sample {
    return this.#family(name, { type: 'gauge', help, samples: [] });
  }

  /** A histogram in which nothing was counted is left out. */
  histogram(name: string, help: string): (histogram: Histogram, labels?: Labels) => void {
    const samples: string[] = [];
    this.#families.set(name, { type: 'histogram', help, samples });
    return (histogram, labels = {}) => {
      if (histogram.count === 0) return;
      const pairs = pairsOf(labels);
      const before = pairs && `${pairs},`;
      for (const [bound, below] of histogram.cumulative())
        samples.push(`${name}_bucket{${before}le="${numberText(bound)}"} ${below}`);
      const own = pairs && `{${pairs}}`;
      samples.push(`${name}_sum${own} ${histogram.sum}`, `${name}_count${own} ${histogram.count}`);
    };
  }

  toString(): string {
    const lines = [...this.#families].flatMap(([name, { type, help, samples }]) =>
      samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples],
    );
    return `${lines.join('\n')}\n`;
  }

  #family(name: string, family: Family): Sample {
    this.#families.set(name, family);
    return (value, labels = {}, timestampMs) => {
      const pairs = pairsOf(labels);
      const time = timestampMs === undefined ? '' : ` ${timestampMs}`;
      family.samples.push(`${name}${pairs && `{${pairs}}`} ${numberText(value)}${time}`);
    };
  }
}

/** How often what was observed fell below which bound. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #buckets: Float64Array;
  count = 0;
  sum = 0;

  /** `bounds` rise; the last, +Inf, goes without saying. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = new Float64Array(bounds.length);
  }

  /** Counts `times` observations of one value. */
  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
    const bounds = this.#bounds;
    for (let index = 0; index < bounds.length; index += 1)
      if (value <= (bounds[index] ?? 0)) {
        this.#buckets[index] = (this.#buckets[index] ?? 0) + times;
        return;
      }
  }

  /** Bounds, and how many observations do not exceed them. */
  *cumulative(): Generator<readonly [bound: number, count: number]> {
    let below = 0;
    for (const [index, bound] of this.#bounds.entries()) {
      below += this.#buckets[index] ?? 0;
      yield [bound, below];
    }
    yield [Number.POSITIVE_INFINITY, this.count];
  }
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
}

function pairsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
