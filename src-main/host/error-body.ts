import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';
import { systemError } from '../platform/system-error.ts';

/** Any thrown value as something to show. What neither is an AppError nor the system's refusal is a fault of ours. */
export function toErrorBody(error: unknown): AppErrorBody {
  const known = error instanceof AppError ? error : systemError(error);
  if (known) return known.toBody();
  return { code: 'Internal', message: error instanceof Error ? error.message : String(error) };
}
