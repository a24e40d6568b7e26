import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/lib/shell.mjs';
import { run, Slipway } from '../harness/slipway.ts';
import { pythonEnvironment } from './debian-clients.ts';

const cluster = 'e2e-python';
const slipway = new Slipway();

beforeAll(() => slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '2'));
afterAll(() => slipway.close());

test("Debian's python3-kubernetes: lists, watches, patches, YAML files, pages, the dynamic client, errors", async () => {
  const program = join(root, 'e2e/clients/client.py');
  const manifest = join(root, 'e2e/fixtures/web.yaml');
  const { stdout, stderr } = await run(
    'python3',
    [program, await slipway.kubeconfig(cluster), 'python', manifest],
    { env: pythonEnvironment() },
  );
  if (stdout === '') throw new Error(stderr);
  expect(JSON.parse(stdout)).toEqual({
    nodes: 2,
    watch: [
      ['ADDED', { k: '1' }],
      ['MODIFIED', { k: '1', l: '2' }],
      ['MODIFIED', { l: '2' }],
      ['DELETED', { l: '2' }],
    ],
    scale: 4,
    pages: [3, 1],
    dynamic: { x: '1', y: '2' },
    'dynamic watch': [
      ['ADDED', 'dynamic'],
      ['ADDED', 'kube-root-ca.crt'],
    ],
    crons: 0,
    missing: [404, 'pods "nope" not found'],
    invalid: [422, 'metadata.name'],
    version: expect.stringMatching(/^v1\.36\./),
  });
});
