import { ApiError } from '@shared/api/status.ts';

/** What the server answered when that was its own fault, or nonsense. Undefined for what it took or refused. */
export async function faultOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const isRefusal = error instanceof ApiError && error.status.code < 500;
    const isNonsense = /(?<!must be )undefined|NaN|\[object /.test(String(error));
    return isRefusal && !isNonsense ? undefined : String(error);
  }
}
