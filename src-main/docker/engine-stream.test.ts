import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type EngineProgress, followEngine } from './engine-stream.ts';

describe('followEngine', () => {
  it('passes on every line, however the answer is cut', async () => {
    const seen: EngineProgress[] = [];
    const chunks = [
      '{"stream":"Step 1/2\\n"}\n{"sta',
      'tus":"Pulling","id":"abc","progressDetail":{"current":1,"total":2}}\n',
    ];
    await followEngine(Readable.from(chunks), undefined, (progress) => seen.push(progress));
    expect(seen).toEqual([
      { stream: 'Step 1/2\n' },
      { status: 'Pulling', id: 'abc', progressDetail: { current: 1, total: 2 } },
    ]);
  });

  it('rejects with the engine’s sentence when the work failed', async () => {
    const answer = Readable.from([
      '{"stream":"x"}\n{"errorDetail":{"message":"no such package"},"error":"no such package"}\n',
    ]);
    await expect(followEngine(answer, undefined, () => undefined)).rejects.toThrow('no such package');
  });

  it('rejects when the connection breaks', async () => {
    const answer = new PassThrough();
    answer.write('{"status":"working"}\n');
    await expect(followEngine(answer, undefined, () => answer.destroy())).rejects.toThrow(/premature/i);
  });

  it('ends the answer and rejects with the reason when aborted', async () => {
    const stop = new AbortController();
    const answer = new PassThrough();
    answer.write('{"status":"working"}\n');
    const following = followEngine(answer, stop.signal, () => stop.abort(new Error('enough')));
    await expect(following).rejects.toThrow('enough');
    expect(answer.destroyed).toBe(true);
  });
});
