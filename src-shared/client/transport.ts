import type { DeepReadonly, JsonObject } from '../lib/types.ts';

/** One call to a Kubernetes API, free of HTTP. Every implementation throws `ApiError` for a refusal. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path without query, e.g. `/api/v1/namespaces/default/pods/a/status`. Names are not encoded twice. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** JSON value; for PATCH with `patchType` 'json' an array. */
  readonly body?: unknown;
  readonly patchType?: PatchType;
  /** `Accept`, where not plain JSON (tables). */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** The `Content-Type` of a patch. */
export const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** One event of a watch, as on the wire. */
export interface WireWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: DeepReadonly<JsonObject>;
}

/**
 * How a client reaches an API server. Three implementations: in process (no HTTP, the store's own frozen
 * objects), Node HTTPS (kubelets, the CLI) and the browser's fetch through the gateway.
 */
export interface Transport {
  /** The decoded answer body. What it returns is shared and read-only. Rejects with ApiError on a refusal. */
  request(request: ApiRequest): Promise<unknown>;

  /**
   * Runs one watch: calls `onEvents` with each batch in order and resolves when the server ends the watch.
   * Rejects with ApiError on refusal (also when the server sends an ERROR event: that is not delivered),
   * with the signal's reason on abort, and with any other error when the connection breaks.
   */
  watch(request: ApiRequest, onEvents: (events: readonly WireWatchEvent[]) => void): Promise<void>;

  /** Answer body as it arrives, for logs. Text may be cut anywhere. */
  stream(request: ApiRequest): AsyncIterable<Uint8Array>;
}
