import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { root } from '../../scripts/lib/shell.mjs';
import { seeded } from '../../src-main/testing/seeded.ts';
import { isNestedDeeperThan } from '../../src-shared/lib/json.ts';
import { until } from '../harness/slipway.ts';
import { generate } from './generators.ts';
import { halfApplied, invalidStored, read, wrongAnswer } from './judge.ts';
import type { Json } from './mutations.ts';
import { type Answer, type Attempt, heartbeat, Target } from './target.ts';
import { openHalfConnections, sendBrokenBytes } from './wire.ts';
import type { Sample, Victim, World } from './world.ts';

/**
 * Bad input, thousands of pieces in a bounded time, against a built control plane in a process of its own. What happens
 * is told by the seed alone, how far it comes by the time: `SLIPWAY_FUZZ_SEED`, `SLIPWAY_FUZZ_SECONDS`.
 */

const seed = Number(process.env.SLIPWAY_FUZZ_SEED ?? Date.now() % 1_000_000_000);
const seconds = Number(process.env.SLIPWAY_FUZZ_SECONDS ?? 15);
/** What may stay behind in memory: history until its compaction, caches, and some tens of MB of V8's own slack. */
const memoryBound = 160 * 1024 * 1024;

type Manifest = { readonly [key: string]: Json };
let target: Target;
let world: World;
/** What was found, by what is wrong: the first of a sort. */
const found = new Map<string, string>();

beforeAll(async () => {
  target = await Target.start();
  world = await populate();
});
afterAll(async () => {
  expect(await target.close()).toBe(0);
});

test(`no input breaks the server (SLIPWAY_FUZZ_SEED=${seed})`, {
  timeout: seconds * 1000 + 120_000,
}, async () => {
  const random = seeded(seed);
  const start = await target.probe();
  const deadline = Date.now() + seconds * 1000;
  const halfOpen = openHalfConnections(target, 40);
  const codes = new Map<number, number>();
  const beside: Promise<void>[] = [];
  const judge = async (attempt: Attempt) => {
    const { code, wrong } = await tryOut(attempt);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (wrong !== undefined) await note(attempt, wrong);
  };
  const keep = (error: unknown) => void found.set(String(error), `${String(error)}\n${target.death ?? ''}`);
  let count = 0;
  try {
    while (Date.now() < deadline) {
      count++;
      const isWire = random.int(8) === 0;
      const attempt = isWire ? undefined : generate(random, world);
      const tried = (attempt ? judge(attempt) : sendBroken(random.int(2 ** 31))).catch(keep);
      // What waits for time to pass goes on beside the rest.
      if (isWire || attempt?.path.includes('watch=')) beside.push(tried);
      else await tried;
      if (beside.length > 10) await beside.shift();
      if (target.death !== undefined || found.size >= 10) break;
      if (count % 100 === 0) expect((await target.probe()).polluted).toEqual([]);
    }
    await Promise.all(beside);
  } finally {
    for (const socket of halfOpen) socket.destroy();
  }
  if (found.size > 0) throw new Error([...found.values()].join('\n\n'));
  await beats('at the end');
  const end = await target.probe();
  process.stdout.write(
    `fuzz: seed ${seed}, ${count} inputs, answers ${JSON.stringify(Object.fromEntries(codes))}, `,
  );
  process.stdout.write(`heap ${megabytes(start.heapBytes)} MB -> ${megabytes(end.heapBytes)} MB\n`);
  expect(end.polluted).toEqual([]);
  expect(end.heapBytes - start.heapBytes).toBeLessThan(memoryBound);
  expect(target.troubles()).toEqual([]);
});

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

/** By a seed of its own, since it goes on beside others. */
async function sendBroken(own: number): Promise<void> {
  const { title } = await sendBrokenBytes(seeded(own), target);
  await beats(`after ${title}`);
}

async function beats(when: string): Promise<void> {
  const { code } = await target.send(heartbeat).catch((error: unknown) => {
    throw new Error(`the server does not answer ${when} (SLIPWAY_FUZZ_SEED=${seed})`, { cause: error });
  });
  if (code !== 200)
    throw new Error(`${target.death ?? `the heartbeat got ${code}`} ${when} (SLIPWAY_FUZZ_SEED=${seed})`);
}

/** Sends one attempt and looks at the answer and at what it did. */
async function tryOut(attempt: Attempt): Promise<{ code: number; wrong: string | undefined }> {
  const victim = world.victims.find(({ path }) => attempt.path.split(/[?]/)[0]?.startsWith(path));
  const before = victim && (await read(target, victim.path));
  let answer: Answer;
  try {
    answer = await target.send(attempt);
  } catch (error) {
    return { code: 0, wrong: target.death ?? String(error) };
  }
  if (target.death !== undefined) return { code: 0, wrong: target.death };
  const wrong = wrongAnswer(answer, attempt);
  if (wrong !== undefined) return { code: answer.code, wrong };
  if (victim) return { code: answer.code, wrong: await judgeVictim(victim, { attempt, answer, before }) };
  return { code: answer.code, wrong: await judgeCreated(attempt, answer) };
}

async function judgeVictim(
  victim: Victim,
  { attempt, answer, before }: { attempt: Attempt; answer: Answer; before: unknown },
): Promise<string | undefined> {
  const after = await read(target, victim.path);
  const isDryRun = attempt.path.includes('dryRun=All');
  if (answer.code === 0) return undefined;
  if (answer.code >= 400 || isDryRun) return halfApplied(before, after);
  const wrong = after && (await invalidStored(target, victim.path, after));
  if (JSON.stringify(before) !== JSON.stringify(after)) await restore(victim);
  return wrong;
}

/** What was created is valid, and goes again. */
async function judgeCreated(attempt: Attempt, answer: Answer): Promise<string | undefined> {
  if (answer.code !== 201 || attempt.path.includes('dryRun=All') || !answer.text.startsWith('{'))
    return undefined;
  const { metadata } = JSON.parse(answer.text) as { metadata?: { name?: string } };
  if (!metadata?.name) return undefined;
  const path = `${attempt.path.split('?')[0]}/${encodeURIComponent(metadata.name)}`;
  const stored = await read(target, path);
  if (stored === undefined) return undefined; // some go at once, such as what has nothing to wait for
  const wrong = await invalidStored(target, path, stored);
  await remove(path);
  return wrong;
}

async function restore({ path, manifest }: Victim): Promise<void> {
  const body = Buffer.from(JSON.stringify(manifest));
  const put: Attempt = { title: 'restore', method: 'PUT', path, headers: jsonType, body };
  if ((await target.send(put)).code < 300) return;
  await remove(path);
  await must({ ...put, method: 'POST', path: path.slice(0, path.lastIndexOf('/')) });
}

async function remove(path: string): Promise<void> {
  const unfinished = Buffer.from('{"metadata":{"finalizers":null}}');
  const headers = { 'content-type': 'application/merge-patch+json' };
  await target.send({ title: 'unlock', method: 'PATCH', path, headers, body: unfinished });
  await target.send({ title: 'remove', method: 'DELETE', path: `${path}?gracePeriodSeconds=0` });
}

/** Makes the body of a failing attempt as small as it can be while it still fails, and keeps it. */
async function note(attempt: Attempt, wrong: string): Promise<void> {
  const sort = wrong.replaceAll(/\d+/g, '').slice(0, 80);
  if (found.has(sort)) return;
  let smallest = attempt;
  let sentence = wrong;
  if (target.death === undefined && attempt.body && !/without an answer/.test(wrong)) {
    for (const candidate of smaller(attempt.body)) {
      const body = candidate(smallest.body ?? Buffer.alloc(0));
      if (!body) continue;
      const result = await tryOut({ ...smallest, body });
      if (result.wrong === undefined) continue;
      smallest = { ...smallest, body };
      sentence = result.wrong;
      if (target.death !== undefined) break;
    }
  }
  const { title, method, path, headers, body } = smallest;
  found.set(
    sort,
    [
      `${title}: ${sentence}`,
      `SLIPWAY_FUZZ_SEED=${seed}`,
      `${method} ${path.slice(0, 2000)} ${JSON.stringify(headers ?? {}).slice(0, 2000)}`,
      body
        ? body.length < 5000
          ? printable(body)
          : `${printable(body.subarray(0, 3000))} … (${body.length} bytes)`
        : '',
    ].join('\n'),
  );
}

const printable = (body: Buffer) => {
  const text = body.toString();
  return Buffer.from(text).equals(body) ? text : `base64 ${body.toString('base64')}`;
};

/** Steps towards less: each takes a key or an item away, by its place among all of the value's. */
function smaller(body: Buffer): ((body: Buffer) => Buffer | undefined)[] {
  const value = parsedJson(body);
  if (value === undefined || isNestedDeeperThan(value, 500)) return [];
  const places = Math.min(countPlaces(value), 150);
  return Array.from({ length: places }, (_, index) => (current: Buffer) => {
    const now = parsedJson(current);
    if (now === undefined) return undefined;
    return Buffer.from(JSON.stringify(without(now, { left: places - 1 - index }) ?? null));
  });
}

function parsedJson(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return undefined;
  }
}

function countPlaces(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce<number>((sum, child) => sum + 1 + countPlaces(child), 0);
}

/** A copy without the place of that number, counted depth first. */
function without(value: Json, place: { left: number }): Json {
  if (value === null || typeof value !== 'object') return value;
  const kept: [string, Json][] = [];
  for (const [key, child] of Object.entries(value)) {
    if (place.left-- === 0) continue;
    kept.push([key, without(child, place)]);
  }
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
}

const jsonType = { 'content-type': 'application/json' };

async function must(attempt: Attempt): Promise<Answer> {
  const answer = await target.send(attempt);
  if (answer.code >= 300) throw new Error(`${attempt.method} ${attempt.path}: ${answer.code} ${answer.text}`);
  return answer;
}

const post = (path: string, manifest: unknown) =>
  must({
    title: 'prepare',
    method: 'POST',
    path,
    headers: jsonType,
    body: Buffer.from(JSON.stringify(manifest)),
  });

/** A namespace with the victims, and a good sample of every kind. */
async function populate(): Promise<World> {
  await post('/api/v1/namespaces', { metadata: { name: 'fuzz' } });
  const documents = ['e2e/fuzz/victims.yaml', 'src-main/apiserver/fixtures/every-kind.yaml'].map((file) =>
    parseAllDocuments(readFileSync(join(root, file), 'utf8')).map((document) => document.toJS() as Manifest),
  );
  const [own = [], others = []] = documents;
  const victims: Victim[] = [];
  for (const manifest of own) {
    const path = await collection(manifest);
    await post(path, manifest);
    const { name } = manifest.metadata as { name: string };
    if (manifest.kind === 'CustomResourceDefinition') await established(`${path}/${name}`);
    else victims.push({ path: `${path}/${name}`, manifest, protobuf: await protobufOf(`${path}/${name}`) });
  }
  const samples: Sample[] = [];
  for (const manifest of [...own, ...others]) {
    const { namespace: _, ...given } = manifest.metadata as Manifest;
    const metadata = { ...given, name: 'sample' };
    samples.push({ path: await collection(manifest), manifest: { ...manifest, metadata } });
  }
  const [[victim, ...more], [sample, ...rest]] = [victims, samples];
  if (!victim || !sample) throw new Error('there is nothing to fuzz with');
  return { victims: [victim, ...more], samples: [sample, ...rest] };
}

async function established(path: string): Promise<void> {
  await until('the definition is served', async () => {
    const definition = (await read(target, path)) as {
      status?: { conditions?: { type: string; status: string }[] };
    };
    return definition.status?.conditions?.some(
      ({ type, status }) => type === 'Established' && status === 'True',
    );
  });
}

/** Protobuf where there is some; JSON of custom resources is as good to be broken. */
async function protobufOf(path: string): Promise<Buffer> {
  const accept = 'application/vnd.kubernetes.protobuf, application/json';
  const { bytes } = await must({ title: 'protobuf', method: 'GET', path, headers: { accept } });
  return bytes;
}

/** Where objects of a manifest's kind are created, in the namespace of the fuzz. */
async function collection({ apiVersion, kind }: Manifest): Promise<string> {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const { text } = await must({ title: 'discovery', method: 'GET', path: base });
  const { resources } = JSON.parse(text) as {
    resources: { name: string; kind: string; namespaced: boolean }[];
  };
  const resource = resources.find((one) => one.kind === kind && !one.name.includes('/'));
  if (!resource) throw new Error(`there is no ${kind} in ${apiVersion}`);
  return `${base}${resource.namespaced ? '/namespaces/fuzz' : ''}/${resource.name}`;
}
