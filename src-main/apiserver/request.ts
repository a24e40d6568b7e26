import type { ListMeta } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { Entry } from '../store/store.ts';
import type { AuditTrail } from './audit/trail.ts';
import type { Attributes } from './auth/authorizer.ts';
import type { HttpRequest, HttpResponse } from './http/exchange.ts';
import type { Encoding } from './representation/negotiate.ts';
import type { WatchSource } from './watch/watch.ts';

/** Who asks, as authentication found out. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** Facts about the credential, e.g. the pod a token is bound to. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Who speaks in this user's name. */
  readonly impersonatedBy?: UserInfo;
  /** The verb that allowed it, where it allowed this request alone. */
  readonly impersonationConstraint?: string;
}

/**
 * The body of a request. `bytes` is what HTTP brought, not yet parsed; `value` is what an in-process caller
 * handed over: shared, hence never edited.
 */
export type RequestBody =
  | { readonly type: 'none' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly type: 'value'; readonly value: unknown; readonly contentType: string };

/** One request, free of HTTP: both fronts (TLS listener, local transport) make these. */
export interface ApiServerRequest {
  readonly method: string;
  /** Decoded lazily by the router: still percent-encoded, absolute, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly userAgent: string;
  readonly ifNoneMatch?: string;
  readonly body: RequestBody;
  readonly user: UserInfo;
  /** What it is about, where a front has found that out already. */
  readonly attributes?: Attributes;
  /** Set when the request is logged. */
  readonly audit?: AuditTrail;
  /** Gathers what people are to be warned of, whatever becomes of the request. */
  readonly warnings?: string[];
}

/**
 * A flag of the query as Kubernetes reads it: absent, `0` and `false` in any case mean no; whatever else, also an
 * empty value or Python's `True`, means yes.
 */
export function isTrue(text: string | null): boolean {
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

interface ResponseBase {
  /** Texts for `Warning: 299` headers. */
  readonly warnings?: readonly string[];
}

/** How an object or a list is written; JSON unless said otherwise. */
interface Encoded {
  readonly encoding?: Encoding;
}

/** One object (or Status, or Table). `json` is its serialized form where that exists already. */
export interface ObjectResponse extends ResponseBase, Encoded {
  readonly type: 'object';
  readonly code: number;
  readonly value: DeepReadonly<JsonObject>;
  readonly json?: string;
  /** Set when `value` is an object of this kind, so that tables can be made of it. */
  readonly kind?: AnyKind;
}

/** A list whose items' bytes are cached: the body is a concatenation. */
export interface ListResponse extends ResponseBase, Encoded {
  readonly type: 'list';
  readonly kind: AnyKind;
  readonly metadata: DeepReadonly<ListMeta>;
  readonly entries: readonly Entry[];
}

/** Anything that is not a Kubernetes object: OpenAPI documents, health, metrics. */
export interface RawResponse extends ResponseBase {
  readonly type: 'raw';
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A watch: a stream of events that ends by time, by the server or by the client. */
export interface WatchResponse extends ResponseBase {
  readonly type: 'watch';
  readonly source: WatchSource;
}

/** Bytes as they come, for logs. */
export interface StreamResponse extends ResponseBase {
  readonly type: 'stream';
  readonly code: number;
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array> & Disposable;
}

/**
 * The exchange is taken over as HTTP: a proxy passes the request on and its answer back. `run` rejects with ApiError
 * while nothing was sent. Only requests over HTTP can be answered so.
 */
export interface HandoverResponse extends ResponseBase {
  readonly type: 'handover';
  run(incoming: HttpRequest, outgoing: HttpResponse): Promise<void>;
}

export type ApiServerResponse =
  | ObjectResponse
  | ListResponse
  | RawResponse
  | WatchResponse
  | StreamResponse
  | HandoverResponse;
