import { MetricsText } from '@shared/lib/metrics-text.ts';
import { nsToMs } from '../pod/observed.ts';
import { podTotals, type Usage } from './usage.ts';

/**
 * `/metrics/resource`: what metrics-server and autoscalers read.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
export function resourceMetrics({ node, pods }: Usage, nowMs: number): string {
  const text = new MetricsText();
  const containerCpu = text.counter(
    'container_cpu_usage_seconds_total',
    'Cumulative cpu time consumed by the container in core-seconds',
  );
  const containerMemory = text.gauge(
    'container_memory_working_set_bytes',
    'Current working set of the container in bytes',
  );
  const containerStart = text.gauge(
    'container_start_time_seconds',
    'Start time of the container since unix epoch in seconds',
  );
  const nodeCpu = text.counter(
    'node_cpu_usage_seconds_total',
    'Cumulative cpu time consumed by the node in core-seconds',
  );
  const nodeMemory = text.gauge('node_memory_working_set_bytes', 'Current working set of the node in bytes');
  const podCpu = text.counter(
    'pod_cpu_usage_seconds_total',
    'Cumulative cpu time consumed by the pod in core-seconds',
  );
  const podMemory = text.gauge('pod_memory_working_set_bytes', 'Current working set of the pod in bytes');
  const failed = text.gauge(
    'resource_scrape_error',
    '1 if there was an error while getting container metrics, 0 otherwise',
  );
  nodeCpu(node.cpuNs / 1e9, {}, nowMs);
  nodeMemory(node.workingSetBytes, {}, nowMs);
  for (const pod of pods) {
    const { namespace, name } = pod;
    for (const container of pod.containers) {
      const labels = { container: container.name, namespace, pod: name };
      const atMs = nsToMs(container.timestampNs);
      containerCpu(container.cpuUsageCoreNanoSeconds / 1e9, labels, atMs);
      containerMemory(container.memoryWorkingSetBytes, labels, atMs);
      if (container.startedAtMs !== undefined) containerStart(container.startedAtMs / 1000, labels);
    }
    const { cpuNs, workingSetBytes, timestampMs } = podTotals(pod);
    podCpu(cpuNs / 1e9, { namespace, pod: name }, timestampMs);
    podMemory(workingSetBytes, { namespace, pod: name }, timestampMs);
  }
  failed(0);
  return text.toString();
}
