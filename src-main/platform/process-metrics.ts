import { readdir, readFile } from 'node:fs/promises';
import type { MetricsText } from '@shared/lib/metrics-text.ts';

/**
 * Writes what every process tells of itself, under the names that all clients of Prometheus use. What only Linux knows
 * is left out elsewhere. https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
export async function writeProcessMetrics(text: MetricsText): Promise<void> {
  const { user, system } = process.cpuUsage();
  const [openFds, maxFds, virtualBytes] = await Promise.all([
    readdir('/proc/self/fd').then(({ length }) => length, nothing),
    readFile('/proc/self/limits', 'utf8').then(maxOpenFiles, nothing),
    readFile('/proc/self/stat', 'utf8').then(virtualMemory, nothing),
  ]);
  const cpu = text.counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.');
  cpu((user + system) / 1e6);
  const gauges = [
    ['process_start_time_seconds', startedAt, performance.timeOrigin / 1000],
    ['process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()],
    ['process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtualBytes],
    ['process_open_fds', 'Number of open file descriptors.', openFds],
    ['process_max_fds', 'Maximum number of open file descriptors.', maxFds],
  ] as const;
  for (const [name, help, value] of gauges) if (value !== undefined) text.gauge(name, help)(value);
}

/** When the process began, for those who only need to know whether counters start anew. */
export function writeStartTime(text: MetricsText): void {
  text.gauge('process_start_time_seconds', startedAt)(performance.timeOrigin / 1000);
}

const startedAt = 'Start time of the process since unix epoch in seconds.';

const nothing = () => undefined;

/** The limit in force; undefined when there is none. */
function maxOpenFiles(limits: string): number | undefined {
  const found = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Field 23 of proc_pid_stat(5), counted behind the name, which may hold anything. */
function virtualMemory(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const found = Number(fields[20]);
  return found > 0 ? found : undefined;
}
