import { expect, test } from 'vitest';
import { readEnd } from './exec-socket.ts';

test('the end of a session is told from its Status', () => {
  const failed = {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: 'command terminated with non-zero exit code',
    details: { causes: [{ reason: 'ExitCode', message: '130' }] },
  };
  expect(readEnd(JSON.stringify({ status: 'Success' }))).toEqual({
    exitCode: 0,
    message: 'The shell has ended.',
  });
  expect(readEnd(JSON.stringify(failed))).toEqual({
    exitCode: 130,
    message: 'The shell has ended with exit code 130.',
  });
  expect(readEnd('{"status":"Failure","message":"executable file not found"}')).toEqual({
    exitCode: undefined,
    message: 'executable file not found',
  });
  expect(readEnd('not json')).toEqual({ exitCode: undefined, message: 'not json' });
  expect(readEnd(undefined)).toEqual({ exitCode: undefined, message: '' });
});
