import { MetricsText } from '@shared/lib/metrics-text.ts';
import { writeProcessMetrics } from '../platform/process-metrics.ts';
import type { ServerContext } from './context.ts';
import { storePrefix } from './objects.ts';
import { versionInfo } from './version.ts';

/** A part of the server that counts what it does. */
export interface MetricSource {
  write(text: MetricsText): void;
}

/** `/metrics`: what the parts have counted, what is stored, and the process. */
export async function metricsText(
  server: ServerContext,
  sources: readonly MetricSource[],
): Promise<MetricsText> {
  const text = new MetricsText();
  for (const source of sources) source.write(text);
  await writeStored(text, server);
  await writeProcessMetrics(text);
  const { heapUsed, heapTotal } = process.memoryUsage();
  text.gauge('nodejs_heap_size_used_bytes', 'Bytes of the heap in use.')(heapUsed);
  text.gauge('nodejs_heap_size_total_bytes', 'Bytes of the heap.')(heapTotal);
  const { major, minor, gitVersion, platform } = versionInfo();
  const build = text.gauge('kubernetes_build_info', 'Always 1; labels say which version this is.');
  build(1, { major, minor, git_version: gitVersion, platform });
  return text;
}

/** How many objects of each resource are stored, without looking at them. */
async function writeStored(text: MetricsText, { store, kinds }: ServerContext): Promise<void> {
  text.gauge('apiserver_store_revision', 'Revision of the last write.')(store.revision);
  const objects = text.gauge('apiserver_resource_objects', 'Stored objects of each resource.');
  const byName = text.gauge('apiserver_storage_objects', 'Stored objects, by a resource’s full name.');
  for (const kind of kinds.stored) {
    const { group, plural: resource } = kind;
    const { entries, remaining } = await store.range(storePrefix(kind), { limit: 1 });
    const count = entries.length + remaining;
    objects(count, { group, resource });
    byName(count, { resource: group === '' ? resource : `${resource}.${group}` });
  }
}
