import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from '../lib/shell.mjs';
import { configMap, node, pod, statusPatch } from './api-objects.mjs';
import { BenchApp, mb, median, ms, processFacts, timeControlPlaneStart, watchProcess } from './cluster.mjs';

const starts = 5;
const clients = 32;
const pods = 2000;
const nodes = 1000;
const watchers = { target: 20, many: 100 };
const warmUp = 1000;
const seconds = 5;

const podPath = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';
const podNamed = `${podPath}/bench-{n}`;
const json = 'application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';
const strategic = 'application/strategic-merge-patch+json';

/**
 * The API of one control plane as built, over TLS and with its data on disk; the load comes from processes of its
 * own. Rates are wall-clock times and suffer from whatever else runs; the server's processor time per operation does not.
 */
export async function measure() {
  const app = new BenchApp();
  try {
    await app.cli('cluster', 'create', 'bench', '--driver', 'hollow', '--nodes', '0');
    await app.cli('cluster', 'stop', 'bench');
    const bench = new ApiBench(app);
    const rows = [await readiness(bench, 'empty', '0.5 s')];
    await bench.start();
    try {
      rows.push(...(await bench.measureUse()));
      rows.push(...(await bench.measureGrowth()));
    } finally {
      await bench.stop();
    }
    return rows;
  } finally {
    await app.close();
  }
}

async function readiness(bench, what, target) {
  const rounds = [];
  for (let round = 0; round < starts; round += 1) {
    rounds.push(await bench.start());
    await bench.stop();
  }
  const cpu = ms(median(rounds.map(({ cpuMs }) => cpuMs)));
  return row(
    `API answering, ${what}`,
    `${ms(median(rounds.map((round) => round.ms)))} (${cpu} of processor time)`,
    target,
    `process start to /readyz, median of ${starts}`,
  );
}

/** The server under measurement and the processes that load it. */
class ApiBench {
  #app;
  #access;
  #server;
  #drivers = [];
  /** Processor time of a status patch nobody watches. */
  #patchMicros = 0;

  constructor(app) {
    this.#app = app;
    const dir = app.clusterDir('bench');
    const read = (file) => readFileSync(join(dir, 'pki', file), 'utf8');
    const { apiPort: port } = JSON.parse(readFileSync(join(dir, 'cluster.json'), 'utf8'));
    this.#access = { port, ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') };
  }

  /** Starts the control plane; resolves to how long it took. */
  async start() {
    const started = await timeControlPlaneStart(this.#app.clusterDir('bench'), this.#access.port);
    this.#server = started.child;
    return { ms: started.ms, cpuMs: processFacts(this.#server.pid).cpuMs };
  }

  async stop() {
    for (const driver of this.#drivers.splice(0)) driver.kill();
    this.#server.kill('SIGTERM');
    if (this.#server.exitCode === null) await once(this.#server, 'exit');
  }

  async measureUse() {
    const idle = await watchProcess(this.#server.pid, 10);
    const rows = [
      row(
        'control plane, idle',
        `${mb(idle.rssBytes)}, ${(idle.cpuShare * 100).toFixed(1)} % of a core`,
        '150 MB, 2 %',
        'empty cluster, over 10 s',
      ),
    ];
    await this.#load({ type: 'requests', clients, request: post(podPath, pod), from: 1e6, count: warmUp });
    await this.#load({ type: 'requests', clients, request: remove(podNamed), from: 1e6, count: warmUp });
    rows.push(
      await this.#rate('creates', '2,000/s, p99 60 ms', `pods of 1 KB, after ${warmUp} others`, {
        request: post(podPath, pod),
        count: pods,
      }),
    );
    const named = { count: pods, seconds };
    rows.push(await this.#rate('gets', '6,000/s', 'one pod each', { request: get(podNamed), ...named }));
    const lists = { clients: 8, count: 1, seconds };
    rows.push(
      await this.#rate('lists of 2,000 pods', '40/s', 'JSON', { request: get(podPath), ...lists }),
      await this.#rate('lists of 2,000 pods', '40/s', 'protobuf', {
        request: get(podPath, protobuf),
        ...lists,
      }),
      await this.#rate('status patches', '2,000/s, p99 60 ms', 'strategic merge, as a kubelet sends them', {
        request: patch,
        ...named,
      }),
    );
    rows.push(await this.#watched(watchers.target, '60,000/s'));
    rows.push(await this.#memory());
    rows.push(await this.#watched(watchers.many, '60,000/s'), await this.#filtered());
    return rows;
  }

  /** After the load that the target was measured under; the many watchers below come on top of it. */
  async #memory() {
    const job = { type: 'requests', clients, from: 1, count: nodes };
    await this.#load({ ...job, request: post('/api/v1/nodes', node) });
    const memory = mb(processFacts(this.#server.pid).rssBytes);
    await this.#load({ ...job, request: remove('/api/v1/nodes/bench-{n}') });
    return row(
      'after 2,000 pods and 1,000 nodes',
      memory,
      '236 MB',
      'RSS, after the creates, gets, lists, patches and events above',
    );
  }

  /**
   * Events to watchers of all pods while as many changes are made as the server takes. Each change is an event for each
   * watcher: with few watchers the rate says how many changes there were, with many how fast events go out.
   */
  async #watched(watchers, target) {
    const path = `${podPath}?watch=true&resourceVersion=${await this.#revision()}`;
    const watching = this.#driver();
    await watching.run({ type: 'watch', path, count: watchers });
    const before = processFacts(this.#server.pid);
    const began = performance.now();
    const { ms: time, count } = await this.#load({
      type: 'requests',
      clients,
      request: patch,
      count: pods,
      seconds,
    });
    let events = 0;
    while (events < count * watchers && performance.now() - began < 4 * seconds * 1000) {
      events += (await watching.run({ type: 'events' })).count;
      await delay(10);
    }
    const took = performance.now() - began;
    const { cpuMs } = processFacts(this.#server.pid);
    watching.process.kill();
    if (events !== count * watchers) say(`  ${count * watchers - events} events never came`);
    const cost = ((cpuMs - before.cpuMs) * 1000 - count * this.#patchMicros) / events;
    return row(
      `watch events to ${watchers} watchers`,
      `${perSecond(events, took)} (${cost.toFixed(1)} µs of processor time each besides the patches)`,
      target,
      `while status patches come as fast as they are taken: ${perSecond(count, time)}; the watchers count lines`,
    );
  }

  /** What watchers of one node's pods cost while pods of another change. */
  async #filtered() {
    const bound = { ...pod, metadata: { name: 'bound-{n}' }, spec: { ...pod.spec, nodeName: 'bench-0' } };
    await this.#load({ type: 'requests', clients: 1, request: post('/api/v1/nodes', node), count: 1 });
    await this.#load({ type: 'requests', clients, request: post(podPath, bound), count: 100 });
    const request = { ...patch, path: `${podPath}/bound-{n}/status` };
    const job = { type: 'requests', clients, request, count: 100, seconds: 3 };
    const alone = await this.#measured(job);
    const watching = this.#driver();
    const path = `/api/v1/pods?watch=true&resourceVersion=${await this.#revision()}&fieldSelector=spec.nodeName%3Dbench-{n}`;
    await watching.run({ type: 'watch', path, from: 1, count: 500 });
    const watched = await this.#measured(job);
    const events = await watching.run({ type: 'events' });
    watching.process.kill();
    return row(
      'a watch of other nodes’ pods',
      `${((watched.cpuMicros - alone.cpuMicros) / 500).toFixed(2)} µs a change`,
      'nothing',
      `status patches with and without 500 watches for a node's pods each (${events.count} events)`,
    );
  }

  async measureGrowth() {
    const rows = [];
    const few = await this.#measured({
      type: 'requests',
      clients: 1,
      request: get(podNamed),
      count: 500,
      seconds: 2,
    });
    const sizes = [];
    const memory = [];
    for (const total of [10_000, 50_000]) {
      const from = sizes.at(-1) ?? 0;
      sizes.push(total);
      const request = post(configMaps, configMap);
      await this.#load({ type: 'requests', clients, request, from, count: total - from });
      if (total === 50_000) {
        const many = await this.#measured({
          type: 'requests',
          clients: 1,
          request: get(podNamed),
          count: 500,
          seconds: 2,
        });
        rows.push(
          row(
            'a get among 50,000 objects',
            `${many.p50.toFixed(2)} ms, ${many.cpuMicros} µs of processor time`,
            'as among 500',
            `one client; before: ${few.p50.toFixed(2)} ms, ${few.cpuMicros} µs`,
          ),
        );
      }
      await this.stop();
      rows.push(
        await readiness(this, `${total.toLocaleString('en')} objects more`, total === 10_000 ? '1.5 s' : '–'),
      );
      await this.start();
      await delay(5000);
      memory.push(processFacts(this.#server.pid).rssBytes);
    }
    const [fewer, more] = memory;
    const own = JSON.stringify(await this.#app.api('bench', 'GET', `${configMaps}/bench-0`)).length;
    const each = (more - fewer) / (sizes[1] - sizes[0]) - own;
    rows.push(
      row(
        'memory per object beyond its own bytes',
        `${(each / 1024).toFixed(1)} KB`,
        '1 KB',
        `RSS with ${sizes.join(' and ')} ConfigMaps of ${own} bytes, 5 s after a start: ${mb(fewer)}, ${mb(more)}`,
      ),
    );
    return rows;
  }

  async #revision() {
    const { metadata } = await this.#app.api('bench', 'GET', `${podPath}?limit=1`);
    return metadata.resourceVersion;
  }

  async #rate(what, target, how, job) {
    const result = await this.#measured({ type: 'requests', clients, ...job });
    if (job.request === patch) this.#patchMicros = result.cpuMicros;
    return row(
      what,
      `${perSecond(result.count, result.ms)}, p50 ${ms(result.p50)}, p99 ${ms(result.p99)}, ${result.cpuMicros} µs of processor time`,
      target,
      `${how}, ${job.clients ?? clients} clients`,
    );
  }

  /** The result of a job with the processor time the server took for each of its requests. */
  async #measured(job) {
    const { pid } = this.#server;
    const before = processFacts(pid);
    const result = await this.#load(job);
    const cpuMicros = Math.round(((processFacts(pid).cpuMs - before.cpuMs) * 1000) / result.count);
    return { ...result, cpuMicros };
  }

  async #load(job) {
    const driver = this.#driver();
    const result = await driver.run(job);
    driver.process.kill();
    return result;
  }

  #driver() {
    const child = fork(join(import.meta.dirname, 'api-load.mjs'));
    this.#drivers.push(child);
    const run = async (job) => {
      child.send({ job, access: this.#access });
      const [{ result, error }] = await once(child, 'message');
      if (error) throw new Error(error);
      return result;
    };
    return { process: child, run };
  }
}

const patch = {
  method: 'PATCH',
  path: `${podNamed}/status`,
  contentType: strategic,
  body: JSON.stringify(statusPatch),
};
const get = (path, accept = json) => ({ method: 'GET', path, accept });
const remove = (path) => ({ method: 'DELETE', path });
const post = (path, object) => ({ method: 'POST', path, contentType: json, body: JSON.stringify(object) });
const perSecond = (count, time) => `${Math.round(count / (time / 1000)).toLocaleString('en')}/s`;

function row(what, measured, target, how) {
  say(`  ${what}: ${measured}`);
  return { what, measured, target, how };
}
