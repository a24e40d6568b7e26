import { apiServiceKind } from '@shared/kinds/apiregistration/api-service/kind.ts';
import type { APIService } from '@shared/kinds/wire.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { StoreEvent } from '../../store/store.ts';
import type { ServerContext } from '../context.ts';
import { forwardRequest, forwardUpgrade } from '../http/reverse-proxy.ts';
import { objectOf, storePrefix } from '../objects.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import type { UpgradeConnection } from '../streaming/kubelet-connector.ts';
import { checkAvailability, writeAvailability } from './availability.ts';
import { apiServiceName, syncLocalServices } from './local-services.ts';
import { RemoteOpenApi } from './remote-openapi.ts';
import { type FrontProxyClient, RemoteService } from './remote-service.ts';

/** How often an aggregated server is asked whether it is there: one that is not sooner than one that is. */
const recheckMs = { available: 30_000, unavailable: 2_000 };

export interface DescribedService {
  readonly service: RemoteService;
  /** What its discovery said last. */
  readonly resources: JsonObject | undefined;
  readonly openApi: RemoteOpenApi;
}

interface Remote extends DescribedService {
  resources: JsonObject | undefined;
  timer: Disposable | undefined;
  isChecking: boolean;
}

/**
 * The aggregation layer: APIServices lead group versions to servers in the cluster. Requests arrive authenticated
 * and authorized and go on with the user's name in headers, shown by the front proxy's certificate.
 * Source: Kubernetes, "Kubernetes API Aggregation Layer".
 */
export class Aggregator implements Disposable {
  readonly #server: ServerContext;
  readonly #client: FrontProxyClient | undefined;
  readonly #remotes = new Map<string, Remote>();
  readonly #held: Disposable[] = [];
  #syncing: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(server: ServerContext, client: FrontProxyClient | undefined) {
    this.#server = server;
    this.#client = client;
  }

  /** Reads the APIServices there are and follows them from then on; makes those of what is served here. */
  async start(): Promise<void> {
    const { store, kinds } = this.#server;
    if (!kinds.byResource(apiServiceKind.group, apiServiceKind.version, apiServiceKind.plural)) return;
    const { entries, revision } = await store.range(storePrefix(apiServiceKind));
    if (this.#isDisposed) return;
    for (const entry of entries) this.#apply(entry.key, objectOf<APIService>(entry));
    this.#held.push(store.watch(storePrefix(apiServiceKind), revision, (events) => this.#hear(events)));
    this.#held.push(kinds.onChange(() => this.#sync()));
    this.#sync();
    await this.#syncing;
  }

  /** The aggregated server that answers for a path; undefined for what is served here. */
  find(path: string): RemoteService | undefined {
    return this.findDescribed(path)?.service;
  }

  /** The same, with what it says of itself. */
  findDescribed(path: string): DescribedService | undefined {
    if (this.#remotes.size === 0) return undefined;
    const [, first, group = '', version = ''] = path.split('/');
    if (first !== 'apis') return undefined;
    return this.#remotes.get(apiServiceName({ group, version }));
  }

  get services(): readonly DescribedService[] {
    return [...this.#remotes.values()];
  }

  /** The answer to a request for an aggregated group version. */
  answer(remote: RemoteService, { user }: ApiServerRequest): ApiServerResponse {
    if (!remote.isAvailable) return unavailable;
    return {
      type: 'handover',
      run: (incoming, outgoing) =>
        forwardRequest(remote.target(incoming.url ?? '/', user), incoming, outgoing),
    };
  }

  async upgrade(
    remote: RemoteService,
    { user }: ApiServerRequest,
    connection: UpgradeConnection,
  ): Promise<void> {
    await forwardUpgrade(remote.target(connection.message.url ?? '/', user), connection);
  }

  #hear(events: readonly StoreEvent[]): void {
    let isSyncNeeded = false;
    for (const event of events) {
      if (event.type === 'put') this.#apply(event.entry.key, objectOf<APIService>(event.entry));
      else {
        this.#remove(event.previous.key.slice(storePrefix(apiServiceKind).length));
        isSyncNeeded = true;
      }
    }
    if (isSyncNeeded) this.#sync();
  }

  #apply(key: string, object: DeepReadonly<APIService>): void {
    const name = key.slice(storePrefix(apiServiceKind).length);
    const before = this.#remotes.get(name);
    if (!object.spec?.service) {
      this.#remove(name);
      return;
    }
    const remote: Remote = {
      service: new RemoteService(this.#server, this.#client, object),
      resources: before?.resources,
      openApi: before?.openApi ?? new RemoteOpenApi(),
      timer: undefined,
      isChecking: false,
    };
    const isOnlyStatus =
      before !== undefined && JSON.stringify(before.service.object.spec) === JSON.stringify(object.spec);
    before?.timer?.dispose();
    this.#remotes.set(name, remote);
    this.#checkIn(name, remote, isOnlyStatus ? this.#patience(remote) : 0);
  }

  #patience(remote: Remote): number {
    return remote.service.isAvailable ? recheckMs.available : recheckMs.unavailable;
  }

  #remove(name: string): void {
    this.#remotes.get(name)?.timer?.dispose();
    this.#remotes.delete(name);
  }

  #checkIn(name: string, remote: Remote, delayMs: number): void {
    if (this.#isDisposed) return;
    remote.timer = this.#server.clock.setTimer(delayMs, () => void this.#check(name, remote));
  }

  async #check(name: string, remote: Remote): Promise<void> {
    try {
      const availability = await checkAvailability(this.#server, remote.service);
      if (this.#isDisposed || this.#remotes.get(name) !== remote) return;
      remote.resources = availability.resources ?? remote.resources;
      await writeAvailability(this.#server, name, availability);
      if (availability.status === 'True') await this.#readOpenApi(name, remote);
    } catch (error) {
      this.#server.log('an aggregated API could not be checked', { name, error: String(error) });
    }
    // A written status brings a new remote with a timer of its own.
    if (this.#remotes.get(name) === remote) this.#checkIn(name, remote, this.#patience(remote));
  }

  /** Available is what answers to discovery; without documents it is not explained. */
  async #readOpenApi(name: string, { openApi, service }: Remote): Promise<void> {
    try {
      await openApi.refresh(service);
    } catch (error) {
      this.#server.log('the OpenAPI of an aggregated API could not be read', { name, error: String(error) });
    }
  }

  #sync(): void {
    if (this.#isDisposed) return;
    this.#syncing = this.#syncing
      .then(() => (this.#isDisposed ? undefined : syncLocalServices(this.#server)))
      .catch((error: unknown) =>
        this.#server.log('local API services could not be written', { error: String(error) }),
      );
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const held of this.#held.splice(0)) held.dispose();
    for (const { timer } of this.#remotes.values()) timer?.dispose();
  }
}

const unavailable: ApiServerResponse = {
  type: 'raw',
  code: 503,
  contentType: 'text/plain; charset=utf-8',
  body: 'service unavailable\n',
};
