import { once } from 'node:events';
import { BenchApp, mb, median, ms, timeControlPlaneStart, watchProcess } from './cluster.mjs';

const objects = 10_000;
const starts = 5;

/** Start-up of the control plane, empty and full, and what it costs when nothing happens. */
export async function measure() {
  const app = new BenchApp();
  try {
    await app.cli('cluster', 'create', 'bench', '--driver', 'hollow', '--nodes', '0');
    const idle = await watchProcess(app.state('bench').pid, 10);
    const empty = await startTimes(app);
    await app.cli('cluster', 'start', 'bench');
    const createdPerSecond = await fill(app);
    const full = await startTimes(app);
    return [
      {
        what: 'API answering, empty',
        measured: ms(empty),
        target: '0.5 s',
        how: `process start to /readyz, median of ${starts}`,
      },
      {
        what: `API answering, ${objects} objects`,
        measured: ms(full),
        target: '1.5 s',
        how: `process start to /readyz, median of ${starts}`,
      },
      {
        what: 'control plane, idle',
        measured: `${mb(idle.rssBytes)}, ${(idle.cpuShare * 100).toFixed(1)} % of a core`,
        target: '150 MB, 2 %',
        how: 'empty cluster, over 10 s',
      },
      {
        what: 'creates over TLS',
        measured: `${Math.round(createdPerSecond)}/s`,
        target: '–',
        how: '1 KB ConfigMaps, 32 at once, durable',
      },
    ];
  } finally {
    await app.close();
  }
}

async function startTimes(app) {
  const { port } = app.state('bench');
  await app.cli('cluster', 'stop', 'bench');
  const times = [];
  for (let round = 0; round < starts; round += 1) {
    const { ms: time, child } = await timeControlPlaneStart(app.clusterDir('bench'), port);
    times.push(time);
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  return median(times);
}

async function fill(app) {
  const data = { text: 'x'.repeat(800) };
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < objects) {
      const name = `bench-${next++}`;
      await app.api('bench', 'POST', '/api/v1/namespaces/default/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data,
      });
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return objects / ((performance.now() - started) / 1000);
}
