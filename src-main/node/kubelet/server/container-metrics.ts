import { MetricsText } from '@shared/lib/metrics-text.ts';
import { nsToMs } from '../pod/observed.ts';
import { cgroupParent, containerResources } from '../pod/qos.ts';
import { findContainer } from '../pod/spec.ts';
import { type ContainerUsage, type PodUsage, podTotals, type Usage } from './usage.ts';

export interface MachineSize {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/**
 * `/metrics/cadvisor`: containers, pods and the machine under cAdvisor's names and labels, as far as the runtime
 * knows them. https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
 */
export function containerMetrics(usage: Usage, machine: MachineSize, nowMs: number): string {
  const text = new MetricsText();
  const write = families(text);
  machineMetrics(text, machine);
  const root = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' };
  write.cpu(usage.node.cpuNs / 1e9, { ...root, cpu: 'total' }, nowMs);
  write.workingSet(usage.node.workingSetBytes, root, nowMs);
  write.memory(usage.node.usageBytes, root, nowMs);
  write.rss(usage.node.rssBytes, root, nowMs);
  for (const pod of usage.pods) {
    for (const container of pod.containers) writeContainer(write, { pod, container, machine });
    writePod(write, pod);
  }
  return text.toString();
}

type Families = ReturnType<typeof families>;

function families(text: MetricsText) {
  return {
    cpu: text.counter('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.'),
    workingSet: text.gauge('container_memory_working_set_bytes', 'Current working set in bytes.'),
    memory: text.gauge('container_memory_usage_bytes', 'Current memory usage in bytes.'),
    rss: text.gauge('container_memory_rss', 'Size of RSS in bytes.'),
    disk: text.gauge(
      'container_fs_usage_bytes',
      'Number of bytes that are consumed by the container on this filesystem.',
    ),
    received: text.counter('container_network_receive_bytes_total', 'Cumulative count of bytes received'),
    receiveErrors: text.counter(
      'container_network_receive_errors_total',
      'Cumulative count of errors encountered while receiving',
    ),
    sent: text.counter('container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted'),
    sendErrors: text.counter(
      'container_network_transmit_errors_total',
      'Cumulative count of errors encountered while transmitting',
    ),
    shares: text.gauge('container_spec_cpu_shares', 'CPU share of the container.'),
    period: text.gauge('container_spec_cpu_period', 'CPU period of the container.'),
    quota: text.gauge('container_spec_cpu_quota', 'CPU quota of the container.'),
    limit: text.gauge('container_spec_memory_limit_bytes', 'Memory limit for the container.'),
    started: text.gauge(
      'container_start_time_seconds',
      'Start time of the container since unix epoch in seconds.',
    ),
    seen: text.gauge('container_last_seen', 'Last time a container was seen by the exporter'),
  };
}

function machineMetrics(text: MetricsText, { cpuMilli, memoryBytes }: MachineSize): void {
  text.gauge('machine_cpu_cores', 'Number of logical CPU cores.')(cpuMilli / 1000);
  text.gauge('machine_memory_bytes', 'Amount of memory installed on the machine.')(memoryBytes);
}

function writeContainer(
  write: Families,
  { pod, container, machine }: { pod: PodUsage; container: ContainerUsage; machine: MachineSize },
): void {
  const labels = {
    container: container.name,
    id: `${cgroupOf(pod)}/${container.id}`,
    image: container.image,
    name: container.id,
    namespace: pod.namespace,
    pod: pod.name,
  };
  const atMs = nsToMs(container.timestampNs);
  write.cpu(container.cpuUsageCoreNanoSeconds / 1e9, { ...labels, cpu: 'total' }, atMs);
  write.workingSet(container.memoryWorkingSetBytes, labels, atMs);
  write.rss(container.memoryRssBytes, labels, atMs);
  write.disk(container.writableLayerBytes, labels, atMs);
  write.seen(Math.floor(atMs / 1000), labels, atMs);
  if (container.startedAtMs !== undefined) write.started(container.startedAtMs / 1000, labels, atMs);
  const spec = pod.pod && findContainer(pod.pod, container.name)?.container;
  if (!pod.pod || !spec) return;
  const resources = containerResources(pod.pod, spec, machine.memoryBytes);
  write.shares(resources.cpuShares ?? 0, labels, atMs);
  write.limit(resources.memoryLimitBytes ?? 0, labels, atMs);
  if (resources.cpuQuotaUs === undefined) return;
  write.quota(resources.cpuQuotaUs, labels, atMs);
  write.period(resources.cpuPeriodUs ?? 0, labels, atMs);
}

/** A pod's own series carry no container, as those of its cgroup do. */
function writePod(write: Families, usage: PodUsage): void {
  const { namespace, name: pod, interfaces } = usage;
  const labels = { container: '', id: cgroupOf(usage), image: '', name: '', namespace, pod };
  const { cpuNs, workingSetBytes, timestampMs } = podTotals(usage);
  write.cpu(cpuNs / 1e9, { ...labels, cpu: 'total' }, timestampMs);
  write.workingSet(workingSetBytes, labels, timestampMs);
  for (const face of interfaces) {
    const own = { ...labels, interface: face.name };
    write.received(face.receivedBytes, own, timestampMs);
    write.receiveErrors(face.receiveErrors, own, timestampMs);
    write.sent(face.sentBytes, own, timestampMs);
    write.sendErrors(face.sendErrors, own, timestampMs);
  }
}

function cgroupOf({ pod, uid }: PodUsage): string {
  return pod ? cgroupParent(pod) : `/kubepods/pod${uid}`;
}
