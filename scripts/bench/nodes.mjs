import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchApp, mb, median, ms, watchProcess } from './cluster.mjs';

const pods = 20;
/** The node image's own pause image: present on every node, so nothing is pulled. */
const image = 'slipway.local/pause:1';

/** Real nodes: how long they take to be Ready, a pod to run, and what an agent costs. */
export async function measure() {
  const app = new BenchApp();
  try {
    await app.cli('cluster', 'create', 'warm', '--nodes', '1'); // builds the node image where it is missing
    await app.cli('cluster', 'delete', 'warm');
    const started = performance.now();
    await app.cli('cluster', 'create', 'bench', '--nodes', '3');
    const created = performance.now() - started;
    const times = [];
    for (let index = 0; index < pods; index += 1) times.push(await podTime(app, `bench-${index}`));
    const agent = await watchProcess(agentPid(), 10, (path) =>
      execFileSync('docker', ['exec', 'slipway-bench-node-1', 'cat', path], { encoding: 'utf8' }),
    );
    const plane = await watchProcess(app.state('bench').pid, 10);
    return [
      {
        what: '3 real nodes Ready',
        measured: ms(created),
        target: '10 s',
        how: '`slipway cluster create`, node image present',
      },
      {
        what: 'pod Running, p50',
        measured: ms(median(times)),
        target: '1.5 s',
        how: `${pods} pods one after the other, image present: POST to phase Running`,
      },
      { what: 'pod Running, slowest', measured: ms(Math.max(...times)), target: '–', how: 'of the same' },
      {
        what: 'node agent, idle',
        measured: `${mb(agent.rssBytes)}, ${(agent.cpuShare * 100).toFixed(1)} % of a core`,
        target: '90 MB',
        how: 'with about 7 pods, over 10 s',
      },
      {
        what: 'control plane with 3 nodes',
        measured: `${mb(plane.rssBytes)}, ${(plane.cpuShare * 100).toFixed(1)} % of a core`,
        target: '150 MB, 2 %',
        how: `${pods} pods running, over 10 s`,
      },
    ];
  } finally {
    await app.close();
  }
}

async function podTime(app, name) {
  const collection = '/api/v1/namespaces/default/pods';
  const started = performance.now();
  await app.api('bench', 'POST', collection, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image }] },
  });
  for (;;) {
    const { status } = await app.api('bench', 'GET', `${collection}/${name}`);
    if (status.phase === 'Running') return performance.now() - started;
    await delay(10);
  }
}

function agentPid() {
  const list = execFileSync(
    'docker',
    ['exec', 'slipway-bench-node-1', 'sh', '-c', 'grep -l node-agent /proc/[0-9]*/cmdline'],
    { encoding: 'utf8' },
  );
  const ids = list.match(/\d+/g).map(Number);
  for (const pid of ids) {
    const command = execFileSync('docker', ['exec', 'slipway-bench-node-1', 'cat', `/proc/${pid}/comm`], {
      encoding: 'utf8',
    }).trim();
    if (command.startsWith('node') || command === 'MainThread') return pid;
  }
  throw new Error('no node agent runs in slipway-bench-node-1');
}
