import { ApiError } from '@shared/api/status.ts';

/** What the server answered when that was its own fault, or nonsense. Undefined for what it took or refused. */
export async function faultOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const isRefusal = error instanceof ApiError && error.status.code < 500;
    return isRefusal && !/undefined|NaN|\[object/.test(error.message) ? undefined : String(error);
  }
}
