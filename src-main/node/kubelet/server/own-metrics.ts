import { MetricsText } from '@shared/lib/metrics-text.ts';
import { writeProcessMetrics, writeStartTime } from '../../../platform/process-metrics.ts';
import type { Kubelet } from '../kubelet.ts';
import { kubeletVersion } from '../node/node-status.ts';
import type { ProbeCount } from '../probes/probe-counts.ts';
import type { ContainerRuntime } from '../runtime.ts';

/** `/metrics`: the kubelet itself. */
export async function ownMetrics(parts: {
  kubelet: Kubelet;
  runtime: ContainerRuntime;
  nodeName: string;
}): Promise<string> {
  const [sandboxes, containers] = await Promise.all([
    parts.runtime.listPodSandboxes(),
    parts.runtime.listContainers(),
  ]);
  const text = new MetricsText();
  await writeProcessMetrics(text);
  const [major = '', minor = ''] = kubeletVersion.replace('v', '').split('.');
  const build = { git_version: kubeletVersion, major, minor, platform: `linux/${process.arch}` };
  text.gauge('kubernetes_build_info', 'A metric with a constant 1 value labeled by version.')(1, build);
  text.gauge('kubelet_node_name', "The node's name. The count is always 1.")(1, { node: parts.nodeName });
  text.gauge('kubelet_desired_pods', 'The number of pods the kubelet is being instructed to run.')(
    parts.kubelet.pods().length,
    { static: '' },
  );
  const running = sandboxes.filter(({ state }) => state === 'Ready').length;
  text.gauge('kubelet_running_pods', 'Number of pods that have a running pod sandbox')(running);
  const byState = text.gauge('kubelet_running_containers', 'Number of containers currently running');
  for (const state of ['Created', 'Exited', 'Running', 'Unknown'] as const) {
    const count = containers.filter((container) => container.state === state).length;
    if (count > 0) byState(count, { container_state: state.toLowerCase() });
  }
  return text.toString();
}

/** `/metrics/probes`: how often each probe came to which end. */
export function probeMetrics(counts: readonly ProbeCount[]): string {
  const text = new MetricsText();
  writeStartTime(text);
  const total = text.counter(
    'prober_probe_total',
    'Cumulative number of a liveness, readiness or startup probe for a container by result.',
  );
  for (const { labels, count } of counts) total(count, labels);
  return text.toString();
}
