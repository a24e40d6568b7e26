import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Store } from '../../../store/store.ts';
import type { ServerContext } from '../../context.ts';
import type { ApiObject } from '../../objects.ts';
import { WebhookClient } from '../../webhook-client.ts';
import { CompiledObjects } from '../matching/compiled-objects.ts';
import type { ConfiguredWebhook } from './configured-webhook.ts';

/** What mutating and validating webhooks share: where configurations are, and the connections. */
export class Webhooks implements Disposable {
  readonly #store: Store;
  #client: WebhookClient | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  follow(
    kind: AnyKind,
    compile: (object: ApiObject) => readonly ConfiguredWebhook[],
  ): CompiledObjects<readonly ConfiguredWebhook[]> {
    return new CompiledObjects(this.#store, kind, compile);
  }

  clientFor(server: ServerContext): WebhookClient {
    this.#client ??= new WebhookClient(server);
    return this.#client;
  }

  dispose(): void {
    this.#client?.dispose();
  }
}
