import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';
import { printableLine, printableText } from '@shared/lib/printable.ts';
import { systemError } from '../platform/system-error.ts';

/**
 * Any thrown value as something to show, on terminals too. What neither is an AppError nor the system's refusal is a
 * fault of ours.
 */
export function toErrorBody(error: unknown): AppErrorBody {
  const known = error instanceof AppError ? error : systemError(error);
  if (!known)
    return {
      code: 'Internal',
      message: printableLine(error instanceof Error ? error.message : String(error)),
    };
  const { code, message, remedy, detail } = known.toBody();
  return {
    code,
    message: printableLine(message),
    ...(remedy !== undefined && { remedy: printableLine(remedy) }),
    ...(detail !== undefined && { detail: printableText(detail) }),
  };
}
