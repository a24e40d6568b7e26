import { AppError } from '@shared/lib/app-error.ts';

/** The code by which Node.js tells errors of the operating system apart, e.g. `ENOENT`; undefined for all others. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A sentence for the errors of the operating system that people can mend; undefined for all others. */
export function systemError(cause: unknown): AppError | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  const { code, path, syscall } = cause as NodeJS.ErrnoException;
  const file = path ?? 'a file';
  const body = sentenceFor(code === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : String(code), file);
  return body && new AppError({ ...body, detail: cause.message }, { cause });
}

function sentenceFor(
  code: string,
  file: string,
): { code: 'DiskFull' | 'Internal'; message: string; remedy: string } | undefined {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'DiskFull',
        message: `There is no space left on the disk to write ${file}.`,
        remedy: 'Free some space and try again; nothing that was saved is lost.',
      };
    case 'EROFS':
      return {
        code: 'Internal',
        message: `${file} cannot be written: its disk is read-only or gone.`,
        remedy: 'Choose another folder with --data-dir or SLIPWAY_DATA_DIR.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'Internal',
        message: `This user may not use ${file}.`,
        remedy: 'Correct its owner and permissions, or choose another folder with --data-dir.',
      };
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        code: 'Internal',
        message: `${file} is in the way: a file stands where a folder is needed.`,
        remedy: 'Move it away, or choose another folder with --data-dir.',
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        code: 'Internal',
        message: 'Too many files are open.',
        remedy: 'Raise the limit (ulimit -n) and start Slipway again.',
      };
    default:
      return undefined;
  }
}
