import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

// https://kubernetes.io/docs/reference/using-api/api-concepts/#unavailable-resource-versions

let cluster: TestCluster;

const path = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  cluster = await startTestCluster();
  await put('first');
});

afterAll(() => cluster.close());

function put(name: string) {
  return cluster.client.create(configMapKind, { metadata: { name, namespace: 'default' } });
}

function ask(query: Record<string, string>, at = path) {
  return callHttps(cluster, { path: `${at}?${new URLSearchParams(query)}` });
}

/** Resolves once the server says so of itself. */
async function expectMetric(pattern: RegExp): Promise<void> {
  await vi.waitFor(async () => {
    const { text } = await callHttps(cluster, { path: '/metrics' });
    expect(pattern.test(text)).toBe(true);
  });
}

/** Four beside the one that asks. */
const fourReads = /^apiserver_current_inflight_requests\{request_kind="readOnly"\} 5$/m;
const oneWatch = /^apiserver_longrunning_requests\{.*verb="WATCH".*\} 1$/m;

/** The words of a watch that was over. */
function wordsOf(text: string): string[] {
  const lines = text.split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as { type: string; object: WatchedObject });
  return events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason}`);
}

interface WatchedObject {
  readonly metadata?: { readonly name?: string };
  readonly reason?: string;
}

const notOlder = { resourceVersionMatch: 'NotOlderThan' };

describe('a revision that comes soon', () => {
  it('is waited for by lists, gets and watches that begin with the present', async () => {
    const resourceVersion = String(cluster.store.revision + 1);
    const asked = [
      ask({ resourceVersion }),
      ask({ resourceVersion, ...notOlder, limit: '500' }),
      ask({ resourceVersion, resourceVersionMatch: 'Exact' }),
      ask({ resourceVersion }, `${path}/second`),
      ask({ resourceVersion, ...notOlder, watch: 'true', sendInitialEvents: 'true', timeoutSeconds: '1' }),
    ];
    await expectMetric(fourReads);
    const { metadata } = await put('second');
    expect(metadata?.resourceVersion).toBe(resourceVersion);
    const [list, chunk, exact, get, watch] = await Promise.all(asked);
    for (const answer of [list, chunk, exact])
      expect(answer?.json.items.map((item: WatchedObject) => item.metadata?.name)).toEqual([
        'first',
        'second',
      ]);
    expect(get?.json.metadata.name).toBe('second');
    expect(wordsOf(watch?.text ?? '')).toEqual(['ADDED first', 'ADDED second']);
  });

  it('is where a plain watch begins: it hears what lies behind it, and of nothing before', async () => {
    const resourceVersion = String(cluster.store.revision + 1);
    const asked = ask({ resourceVersion, watch: 'true', timeoutSeconds: '1' });
    await expectMetric(oneWatch);
    await put('third');
    await put('fourth');
    expect(wordsOf((await asked).text)).toEqual(['ADDED fourth']);
  });
});

describe('a revision that does not come', () => {
  const resourceVersion = '999999';

  it('is told after a while, with when to try again', async () => {
    const current = cluster.store.revision;
    const answers = await Promise.all([
      ask({ resourceVersion }),
      ask({ resourceVersion, resourceVersionMatch: 'Exact' }),
      ask({ resourceVersion }, `${path}/first`),
    ]);
    for (const { status, headers, json } of answers) {
      expect({ status, retryAfter: headers['retry-after'], json }).toEqual({
        status: 504,
        retryAfter: '1',
        json: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `Timeout: Too large resource version: 999999, current: ${current}`,
          reason: 'Timeout',
          details: {
            causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
            retryAfterSeconds: 1,
          },
          code: 504,
        },
      });
    }
  });

  it('ends a watch that was to begin with the present, in its first event', async () => {
    const query = { resourceVersion, ...notOlder, watch: 'true', sendInitialEvents: 'true' };
    const { status, text } = await ask({ ...query, allowWatchBookmarks: 'true', timeoutSeconds: '10' });
    expect(status).toBe(200);
    expect(wordsOf(text)).toEqual(['ERROR Timeout']);
  });

  it('leaves a plain watch waiting for as long as it likes, without bookmarks from before', async () => {
    const query = { resourceVersion, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: '3' };
    const answer = ask(query);
    await expectMetric(oneWatch);
    await put('fifth');
    expect(await answer).toMatchObject({ status: 200, text: '' });
  });
});
