import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { configMap, pod } from './api-objects.mjs';
import { BenchApp, ms, timeControlPlaneStart } from './cluster.mjs';

const pods = 5000;
const seconds = 10;
const floodProcesses = 2;
const connections = 250;

/**
 * One account floods the API with lists of 5,000 pods and creates over many connections; nodes renew their leases and
 * somebody else reads meanwhile. What counts is how long those wait, with the flood and without.
 */
export async function measure() {
  const app = new BenchApp();
  try {
    await app.cli('cluster', 'create', 'flood', '--driver', 'hollow', '--nodes', '0');
    await app.cli('cluster', 'stop', 'flood');
    const dir = app.clusterDir('flood');
    const read = (file) => readFileSync(join(dir, 'pki', file), 'utf8');
    const { apiPort: port } = JSON.parse(readFileSync(join(dir, 'cluster.json'), 'utf8'));
    const access = { port, ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') };
    const { child: server } = await timeControlPlaneStart(dir, port);
    try {
      await fill(access);
      const quiet = await together([node, reader], access);
      const busy = await together([node, reader, ...Array(floodProcesses).fill(flood)], access);
      return [
        ...rows('without a flood', quiet),
        ...rows('during the flood', busy),
        {
          what: 'the flood itself',
          measured: tally(busy.slice(2)),
          target: 'waits or 429',
          how: `${floodProcesses * connections} connections for ${seconds} s, lists of ${pods} pods and creates`,
        },
      ];
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  } finally {
    await app.close();
  }
}

const json = { 'content-type': 'application/json' };
const as = (user, group) => ({ 'impersonate-user': user, 'impersonate-group': group });
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'node-1' } };
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const configMaps = '/api/v1/namespaces/default/configmaps';

const node = {
  clients: 4,
  pauseMs: 50,
  requests: [
    {
      method: 'PATCH',
      path: `${leases}/node-1`,
      headers: {
        'content-type': 'application/merge-patch+json',
        ...as('system:node:node-1', 'system:nodes'),
      },
      body: JSON.stringify({ spec: { holderIdentity: '{n}', leaseDurationSeconds: 40 } }),
    },
  ],
};
const reader = {
  clients: 4,
  pauseMs: 50,
  requests: [
    { method: 'GET', path: '/api/v1/namespaces/default/pods/bench-1', headers: as('reader', 'benchers') },
  ],
};
const flooder = as('system:serviceaccount:default:flooder', 'system:serviceaccounts');
const flood = {
  clients: connections,
  requests: [
    { method: 'GET', path: '/api/v1/pods', headers: { ...flooder, accept: 'application/json' } },
    { method: 'POST', path: configMaps, headers: { ...flooder, ...json }, body: configMapOf('{n}') },
  ],
};

function configMapOf(name) {
  const text = typeof configMap === 'string' ? configMap : JSON.stringify(configMap);
  const object = JSON.parse(text);
  return JSON.stringify({ ...object, metadata: { ...object.metadata, name: `flood-${name}` } });
}

/** Everybody may do everything: what is measured is not authorization. */
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'bench' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: ['system:nodes', 'benchers', 'system:serviceaccounts'].map((name) => ({ kind: 'Group', name })),
};

async function fill(access) {
  const post = (path, object) => ({ method: 'POST', path, headers: json, body: JSON.stringify(object) });
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  await once200(access, [post(bindings, binding), post(leases, lease)]);
  const text = typeof pod === 'string' ? pod : JSON.stringify(pod);
  const all = Array.from({ length: pods }, (_, index) => ({
    ...post('/api/v1/namespaces/default/pods', {}),
    body: text.replaceAll('{n}', String(index)),
  }));
  await once200(access, all);
}

async function once200(access, requests) {
  const driver = fork(join(import.meta.dirname, 'flood-load.mjs'));
  driver.send({ start: { access, clients: 16, requests, isOnce: true } });
  const [{ codes }] = await once(driver, 'message');
  driver.kill();
  if (Object.keys(codes).some((code) => code !== '201'))
    throw new Error(`not created: ${JSON.stringify(codes)}`);
}

async function together(jobs, access) {
  const drivers = jobs.map((job) => {
    const driver = fork(join(import.meta.dirname, 'flood-load.mjs'));
    const result = once(driver, 'message').then(([answer]) => answer);
    driver.send({ start: { access, ...job } });
    return { driver, result };
  });
  await delay(seconds * 1000);
  for (const { driver } of drivers) driver.send({ stop: true });
  const results = await Promise.all(drivers.map(({ result }) => result));
  for (const { driver } of drivers) driver.kill();
  return results;
}

function rows(when, [leaseTimes, readTimes]) {
  const one = (what, { p50, p99, max, codes }) => ({
    what: `${what}, ${when}`,
    measured: `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}; ${JSON.stringify(codes)}`,
    target: 'all answered',
    how: `4 clients, each ${1000 / 50} a second at most`,
  });
  return [one('lease renewals', leaseTimes), one('gets by somebody else', readTimes)];
}

function tally(results) {
  const sum = {};
  for (const { codes } of results)
    for (const [code, count] of Object.entries(codes)) sum[code] = (sum[code] ?? 0) + count;
  const texts = Object.entries(sum).map(([code, count]) => `${code}: ${count}`);
  return `${texts.join(', ')}; p99 ${ms(Math.max(...results.map(({ p99 }) => p99)))}`;
}
