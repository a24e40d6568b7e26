import { AppError } from '@shared/lib/app-error.ts';

/** A complaint of the editor's own about the text. */
export function textError(message: string): AppError {
  return new AppError({ code: 'InvalidArgument', message, remedy: 'Correct it in the editor.' });
}
