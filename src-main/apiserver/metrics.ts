/** Counts of the server's work, in the Prometheus text format. */
export interface Metrics {
  requestDone(request: { readonly method: string; readonly code: number }): void;
  text(): string;
}

export function createMetrics(gauges: Readonly<Record<string, () => number>>): Metrics {
  const requests = new Map<string, number>();
  const startedAtSeconds = Date.now() / 1000 - process.uptime();
  return {
    requestDone({ method, code }) {
      const key = `code="${code}",verb="${/^[A-Z]{1,10}$/.test(method) ? method : 'OTHER'}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
    },
    text() {
      const { user, system } = process.cpuUsage();
      const lines = ['# TYPE apiserver_request_total counter'];
      for (const [labels, count] of requests) lines.push(`apiserver_request_total{${labels}} ${count}`);
      lines.push(
        '# TYPE process_cpu_seconds_total counter',
        `process_cpu_seconds_total ${(user + system) / 1e6}`,
      );
      lines.push(
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      );
      lines.push('# TYPE process_start_time_seconds gauge', `process_start_time_seconds ${startedAtSeconds}`);
      for (const [name, read] of Object.entries(gauges))
        lines.push(`# TYPE ${name} gauge`, `${name} ${read()}`);
      return `${lines.join('\n')}\n`;
    },
  };
}
