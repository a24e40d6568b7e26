import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import type { Disposable } from '@shared/lib/disposable.ts';

/** A call to a kubelet's own API. */
export interface KubeletRequest {
  /** e.g. `/containerLogs/default/web-1/app`, `/exec/default/web-1/app`, `/portForward/default/web-1`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** A client's connection that asked to be upgraded, not yet answered. */
export interface UpgradeConnection {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent behind its request. */
  readonly head: Buffer;
}

/** How a connection of the API server's own is to be upgraded. */
export interface Handshake {
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
}

/** A connection to a kubelet after its 101. */
export interface OpenedUpgrade {
  readonly socket: Duplex;
  /** What the kubelet sent behind its answer. */
  readonly head: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** Bytes that end when disposed. */
export type ByteStream = AsyncIterable<Uint8Array> & Disposable;

/**
 * Serves the kubelet API of one node. `logs` rejects with ApiError while nothing was sent yet. `upgrade` either
 * rejects with ApiError before it has written anything, or takes the connection over.
 */
export interface KubeletHandler {
  logs(request: KubeletRequest): Promise<ByteStream>;
  upgrade(request: KubeletRequest, connection: UpgradeConnection): Promise<void>;
  /**
   * Opens an upgraded connection for the API server itself; the caller destroys it. Rejects with ApiError when
   * there is none. Simulated nodes have none to offer.
   */
  open?(request: KubeletRequest, handshake: Handshake): Promise<OpenedUpgrade>;
  /** A TLS connection to the kubelet's port, both sides' certificates checked. Rejects with ApiError. */
  dial?(): Promise<Duplex>;
}

/** How the API server reaches kubelets. */
export interface KubeletConnector {
  /** The kubelet of a node. 404 or 503 (ApiError) when it cannot be found. */
  kubelet(nodeName: string): Promise<KubeletHandler>;
}

/** Kubelets living in this process (simulated nodes) before others. */
export class KubeletRegistry implements KubeletConnector {
  readonly #local = new Map<string, KubeletHandler>();
  readonly #remote: KubeletConnector | undefined;

  constructor(remote: KubeletConnector | undefined) {
    this.#remote = remote;
  }

  register(nodeName: string, handler: KubeletHandler): Disposable {
    this.#local.set(nodeName, handler);
    return { dispose: () => void this.#local.delete(nodeName) };
  }

  async kubelet(nodeName: string): Promise<KubeletHandler> {
    const local = this.#local.get(nodeName);
    if (local) return local;
    if (this.#remote) return this.#remote.kubelet(nodeName);
    throw ApiError.of(
      'ServiceUnavailable',
      `the kubelet of node ${JSON.stringify(nodeName)} cannot be reached`,
    );
  }
}
