import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson } from '../../testing/https.ts';

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterEach(() => vi.restoreAllMocks());

afterAll(() => cluster.close());

const path = '/api/v1/namespaces/default/configmaps';
const create = (metadata: object) => callJson(cluster, { method: 'POST', path, body: { metadata } });

/** How often chance was asked; from now on it says the same each time, save for the draw after `same` draws. */
function loadDice(same: number): void {
  const real = crypto.getRandomValues.bind(crypto);
  const suffixLength = 5;
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    real(array);
    if (array instanceof Uint16Array) array.fill(0, 0, same * suffixLength);
    return array;
  });
}

/** Chance is drawn 512 numbers at once: asks until the next draw is a new one. */
async function drawOut(): Promise<void> {
  const fresh = vi.spyOn(crypto, 'getRandomValues');
  const { randomSuffix } = await import('@shared/lib/random.ts');
  const calls = () => fresh.mock.calls.filter(([array]) => array instanceof Uint16Array).length;
  while (calls() === 0) randomSuffix(1);
  for (let drawn = 1; drawn < 512; drawn++) randomSuffix(1);
  fresh.mockRestore();
}

test('a name that is taken is replaced by another one', async () => {
  await create({ name: 'retried-bbbbb' });
  await drawOut();
  loadDice(7);
  const { status, json } = await create({ generateName: 'retried-' });
  expect(status).toBe(201);
  expect(json.metadata.name).toMatch(/^retried-[a-z0-9]{5}$/);
  expect(json.metadata.name).not.toBe('retried-bbbbb');
});

test('after eight that are taken the request is refused, to be sent again', async () => {
  await create({ name: 'taken-bbbbb' });
  await drawOut();
  loadDice(8);
  const refused = await create({ generateName: 'taken-' });
  expect([refused.status, refused.json]).toMatchObject([
    409,
    {
      reason: 'AlreadyExists',
      message:
        'configmaps "taken-bbbbb" already exists, the server was not able to generate a unique name for the object',
      details: { name: 'taken-bbbbb', kind: 'configmaps', retryAfterSeconds: 1 },
    },
  ]);
});

test('a name of its own that is taken is refused at once', async () => {
  const asked = vi.spyOn(crypto, 'getRandomValues');
  await create({ name: 'own' });
  const refused = await create({ name: 'own', generateName: 'own-' });
  expect([refused.status, refused.json.message]).toEqual([409, 'configmaps "own" already exists']);
  expect(asked.mock.calls.filter(([array]) => array instanceof Uint16Array)).toEqual([]);
});
