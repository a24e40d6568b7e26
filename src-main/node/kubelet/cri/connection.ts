import * as grpc from '@grpc/grpc-js';
import { fromJSON, type MethodDefinition } from '@grpc/proto-loader';
import type { JsonObject } from '@shared/lib/types.ts';
import { RuntimeError } from '../runtime.ts';
import { criDescriptor } from './descriptor.ts';

type Method = MethodDefinition<object, object>;

/**
 * One gRPC connection to a CRI runtime. Requests and responses are plain objects in the wire's own field names
 * (64-bit numbers as decimal strings, enums as names, every field present); `parse.ts` makes types of them.
 */
export class CriConnection {
  readonly #client: grpc.Client;
  readonly #methods: ReadonlyMap<string, Method>;

  /** `address` as gRPC writes it: `unix:///run/containerd/containerd.sock`. Connects on first use, and again. */
  constructor(address: string) {
    this.#client = new grpc.Client(address, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': 16 * 1024 * 1024,
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.initial_reconnect_backoff_ms': 100,
    });
    this.#methods = loadMethods();
  }

  /** One call. Rejects with {@link RuntimeError}; `timeoutMs` 0 means no deadline. */
  call(
    name: string,
    request: object,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<JsonObject> {
    const method = this.#method(name);
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) return reject(options.signal.reason);
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        options.timeoutMs > 0 ? { deadline: Date.now() + options.timeoutMs } : {},
        (error, response) => {
          options.signal?.removeEventListener('abort', abort);
          if (error) reject(runtimeErrorOf(error));
          else resolve((response ?? {}) as JsonObject);
        },
      );
      const abort = () => call.cancel();
      options.signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Messages of a server stream until it ends or the signal aborts. Rejects with {@link RuntimeError}. */
  async *stream(name: string, request: object, signal: AbortSignal): AsyncIterable<JsonObject> {
    const method = this.#method(name);
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
    );
    const abort = () => call.cancel();
    signal.addEventListener('abort', abort, { once: true });
    try {
      for await (const message of call) yield message as JsonObject;
    } catch (error) {
      if (!signal.aborted) throw runtimeErrorOf(error);
    } finally {
      signal.removeEventListener('abort', abort);
      call.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }

  #method(name: string): Method {
    const method = this.#methods.get(name);
    if (!method) throw new Error(`assertion failed: no CRI method ${name}`);
    return method;
  }
}

function loadMethods(): ReadonlyMap<string, Method> {
  const definition = fromJSON(criDescriptor() as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
  });
  const methods = new Map<string, Method>();
  for (const service of ['runtime.v1.RuntimeService', 'runtime.v1.ImageService']) {
    for (const [name, method] of Object.entries(definition[service] ?? {}))
      methods.set(name, method as Method);
  }
  return methods;
}

const kinds: Readonly<Record<number, RuntimeError['kind']>> = {
  [grpc.status.NOT_FOUND]: 'NotFound',
  [grpc.status.UNAVAILABLE]: 'Unavailable',
  [grpc.status.DEADLINE_EXCEEDED]: 'Timeout',
};

function runtimeErrorOf(error: unknown): RuntimeError {
  const { code, details, message } = error as Partial<grpc.ServiceError>;
  // The text is Kubernetes users' own: "rpc error: code = NotFound desc = …" is what a kubelet's events carry.
  const name = code === undefined ? 'Unknown' : (codeNames[code] ?? 'Unknown');
  const text = `rpc error: code = ${name} desc = ${details ?? message ?? String(error)}`;
  return new RuntimeError(kinds[code ?? -1] ?? 'Failed', text, { cause: error });
}

/** gRPC's code names as Go prints them. */
const codeNames: Readonly<Record<number, string>> = {
  [grpc.status.CANCELLED]: 'Canceled',
  [grpc.status.UNKNOWN]: 'Unknown',
  [grpc.status.INVALID_ARGUMENT]: 'InvalidArgument',
  [grpc.status.DEADLINE_EXCEEDED]: 'DeadlineExceeded',
  [grpc.status.NOT_FOUND]: 'NotFound',
  [grpc.status.ALREADY_EXISTS]: 'AlreadyExists',
  [grpc.status.PERMISSION_DENIED]: 'PermissionDenied',
  [grpc.status.RESOURCE_EXHAUSTED]: 'ResourceExhausted',
  [grpc.status.FAILED_PRECONDITION]: 'FailedPrecondition',
  [grpc.status.ABORTED]: 'Aborted',
  [grpc.status.UNIMPLEMENTED]: 'Unimplemented',
  [grpc.status.INTERNAL]: 'Internal',
  [grpc.status.UNAVAILABLE]: 'Unavailable',
  [grpc.status.UNAUTHENTICATED]: 'Unauthenticated',
};
