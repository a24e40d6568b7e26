type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: string[];
}

/**
 * Metrics in the Prometheus text format, family by family in the order in which they are first named.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class MetricsText {
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string): (value: number, labels?: Labels, timestampMs?: number) => void {
    return this.#family(name, { type: 'counter', help, samples: [] });
  }

  gauge(name: string, help: string): (value: number, labels?: Labels, timestampMs?: number) => void {
    return this.#family(name, { type: 'gauge', help, samples: [] });
  }

  toString(): string {
    const lines = [...this.#families].flatMap(([name, { type, help, samples }]) =>
      samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples],
    );
    return `${lines.join('\n')}\n`;
  }

  #family(name: string, family: Family): (value: number, labels?: Labels, timestampMs?: number) => void {
    this.#families.set(name, family);
    return (value, labels = {}, timestampMs) => {
      const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
      const shown = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
      family.samples.push(`${name}${shown} ${value}${timestampMs === undefined ? '' : ` ${timestampMs}`}`);
    };
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
