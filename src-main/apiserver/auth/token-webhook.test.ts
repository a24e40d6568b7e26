import { tokenReviewKind } from '@shared/kinds/authentication/token-review/kind.ts';
import type { TokenWebhookConfig } from '@shared/rpc/cluster-config.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { type Answer, type IdentityService, startIdentityService } from './identity-service.test-fixture.ts';
import { whoIsBearer } from './tokens.test-fixture.ts';

let service: IdentityService;
let cluster: TestCluster;
let clock: ManualClock;
let answer: Answer;
let logged: string[];
let asked: number;

const user = { username: 'jane', groups: ['ops'] };
const knows = (more: object = {}) => ({ status: { authenticated: true, user, ...more } });
const refuses = { status: { authenticated: false } };
const jane = { username: 'jane', groups: ['ops', 'system:authenticated'] };

beforeEach(async () => {
  asked = 0;
  service = await startIdentityService((path, body) => {
    asked += 1;
    return answer(path, body);
  });
});

afterEach(async () => {
  await cluster.close();
  await service.close();
});

async function start(settings: Partial<TokenWebhookConfig> = {}): Promise<void> {
  clock = createManualClock();
  logged = [];
  cluster = await startTestCluster({
    clock,
    authentication: { tokenWebhook: { url: `${service.url}/review`, ca: service.ca, ...settings } },
    log: (message) => logged.push(message),
  });
}

const whoIs = (token = 't') => whoIsBearer(cluster, token);

test('a webhook that fails lets nobody in, and is asked again', async () => {
  await start();
  answer = () => 500;
  expect(await whoIs()).toBeUndefined();
  expect(logged).toContain('the token webhook could not be asked');
  answer = () => knows();
  expect(await whoIs()).toEqual(jane);
});

test('a webhook that is not there, or says something else, lets nobody in', async () => {
  answer = () => ({ hello: 'world' });
  await start();
  expect(await whoIs()).toBeUndefined();
  await cluster.close();
  await start({ url: 'https://127.0.0.1:1/review' });
  expect(await whoIs()).toBeUndefined();
  expect(logged).toContain('the token webhook could not be asked');
});

test('an answer is kept for the time that was said, a refusal for a short one', async () => {
  await start({ cacheSeconds: 60 });
  answer = () => knows();
  expect([await whoIs(), await whoIs(), asked]).toEqual([jane, jane, 1]);
  answer = () => refuses;
  clock.advance(59_000);
  expect([await whoIs(), asked]).toEqual([jane, 1]);
  clock.advance(2000);
  expect([await whoIs(), await whoIs(), asked]).toEqual([undefined, undefined, 2]);
  answer = () => knows();
  clock.advance(11_000);
  expect([await whoIs(), asked]).toEqual([jane, 3]);
});

test('the webhook hears for whom a token is to hold, and decides', async () => {
  await start();
  const wanted: unknown[] = [];
  const audiences: Record<string, object> = {
    'for-vault': { audiences: ['vault'] },
    'for-nobody': { audiences: ['other'] },
    'says-nothing': {},
  };
  answer = (_path, body) => {
    const { spec } = JSON.parse(body) as { spec: { token: string; audiences: string[] } };
    wanted.push(spec.audiences);
    return knows(audiences[spec.token]);
  };
  const review = async (token: string) => {
    const spec = { token, audiences: ['vault', 'third'] };
    const { status } = await cluster.client.create(tokenReviewKind, { spec });
    return status?.authenticated ? status.audiences : false;
  };
  expect(await review('for-vault')).toEqual(['vault']);
  expect(await review('for-nobody')).toBe(false);
  expect(wanted).toEqual([
    ['vault', 'third'],
    ['vault', 'third'],
  ]);
});

test('who says nothing of audiences speaks of this server', async () => {
  await start();
  answer = () => knows();
  const review = async (audiences: string[]) =>
    (await cluster.client.create(tokenReviewKind, { spec: { token: 't', audiences } })).status;
  const server = 'https://kubernetes.default.svc.cluster.local';
  expect(await review([server, 'vault'])).toMatchObject({ authenticated: true, audiences: [server] });
  expect(await review(['vault'])).toEqual({ user: {}, error: 'invalid bearer token' });
});
