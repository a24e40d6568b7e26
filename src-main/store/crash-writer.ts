/**
 * What the crash test kills: a process that writes as fast as it can and names every acknowledged write on
 * standard output before it makes the next one. Arguments: folder, number of writers, snapshot threshold.
 *
 * Writer `w` counts up: transaction i puts `/w/a` and `/w/b`, both `{ i, … }`, at one revision.
 */
import { writeSync } from 'node:fs';
import { AppError } from '@shared/lib/app-error.ts';
import { openFileStore } from './file-store.ts';

const [dir = '', writers = '1', snapshotMinBytes = '20000'] = process.argv.slice(2);

try {
  const store = await openFileStore(dir, {
    stamp: (value, revision) => ({ ...value, revision }),
    snapshotMinBytes: Number(snapshotMinBytes),
  });
  writeSync(1, 'open\n');
  const write = async (writer: number) => {
    const before = await store.get(`/${writer}/a`);
    for (let i = Number(before?.value.i ?? 0) + 1; ; i++) {
      const value = { i, text: 'x'.repeat((i * 37) % 500) };
      const ops = ['a', 'b'].map((name) => ({ type: 'put' as const, key: `/${writer}/${name}`, value }));
      await store.txn({ compare: [], ops });
      writeSync(1, `${writer} ${i}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
} catch (error) {
  writeSync(1, `error ${error instanceof AppError ? error.code : String(error)}\n`);
  process.exitCode = 1;
}
