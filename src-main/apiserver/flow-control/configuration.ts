import type { FlowSchema, PriorityLevelConfiguration } from '@shared/kinds/wire.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Store, StoreEvent } from '../../store/store.ts';
import { storePrefix } from '../objects.ts';
import { type CompiledSchema, compileSchema, inOrder } from './classify.ts';
import { defaultObjects, flowControlGroup } from './defaults.ts';
import type { LevelSettings } from './level.ts';

const schemaPrefix = storePrefix({ group: flowControlGroup, plural: 'flowschemas' });
const levelPrefix = storePrefix({ group: flowControlGroup, plural: 'prioritylevelconfigurations' });

/** What is configured now. Flow schemas whose priority level is missing are left out. */
export interface FlowConfiguration {
  readonly schemas: readonly CompiledSchema[];
  readonly levels: ReadonlyMap<string, LevelSettings>;
}

/** The mandatory objects, which hold while the stored ones are missing. */
const mandatory = defaultObjects.filter(({ isMandatory }) => isMandatory);

/**
 * The stored flow schemas and priority levels, kept up to date by a watch that delivers before a writer is answered.
 * `onChange` is called after each change, and once when what was stored at the beginning is known.
 */
export class StoredConfiguration implements Disposable {
  readonly #schemas = new Map<string, CompiledSchema>();
  readonly #levels = new Map<string, LevelSettings>();
  readonly #watch: Disposable;
  readonly #onChange: () => void;
  readonly ready: Promise<void>;

  constructor(store: Store, onChange: () => void) {
    this.#onChange = onChange;
    const waiting: StoreEvent[] = [];
    let isLoaded = false;
    this.#watch = store.watch(`/registry/${flowControlGroup}/`, store.revision, (events) => {
      if (isLoaded) this.#apply(events);
      else waiting.push(...events);
    });
    this.ready = store.range(`/registry/${flowControlGroup}/`).then(({ entries, revision }) => {
      for (const { key, value } of entries) this.#put(key, value);
      isLoaded = true;
      this.#apply(waiting.filter((event) => event.revision > revision));
    });
    this.ready.catch(() => undefined); // the store is closed: nothing is to be served any more
  }

  current(): FlowConfiguration {
    const levels = new Map(this.#levels);
    const schemas = new Map(this.#schemas);
    for (const { plural, object } of mandatory) {
      const name = object.metadata.name ?? '';
      if (plural === 'flowschemas') {
        if (!schemas.has(name)) schemas.set(name, compileSchema(object as DeepReadonly<FlowSchema>));
      } else if (!levels.has(name)) {
        levels.set(name, settingsOf(object as DeepReadonly<PriorityLevelConfiguration>));
      }
    }
    return { levels, schemas: inOrder([...schemas.values()].filter(({ level }) => levels.has(level))) };
  }

  #apply(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#put(event.entry.key, event.entry.value);
      else this.#remove(event.previous.key);
    }
    this.#onChange();
  }

  #put(key: string, value: object): void {
    if (key.startsWith(schemaPrefix)) this.#schemas.set(nameIn(key), compileSchema(value as FlowSchema));
    else if (key.startsWith(levelPrefix)) {
      this.#levels.set(nameIn(key), settingsOf(value as PriorityLevelConfiguration));
    }
  }

  #remove(key: string): void {
    (key.startsWith(schemaPrefix) ? this.#schemas : this.#levels).delete(nameIn(key));
  }

  dispose(): void {
    this.#watch.dispose();
  }
}

function nameIn(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function settingsOf({ metadata, spec }: DeepReadonly<PriorityLevelConfiguration>): LevelSettings {
  const isExempt = spec?.type === 'Exempt';
  const { limited } = spec ?? {};
  const part = isExempt ? spec?.exempt : limited;
  const queuing = limited?.limitResponse?.type === 'Queue' ? limited.limitResponse.queuing : undefined;
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    isExempt,
    shares: part?.nominalConcurrencyShares ?? (isExempt ? 0 : 30),
    lendablePercent: part?.lendablePercent ?? 0,
    borrowingLimitPercent: limited?.borrowingLimitPercent,
    queuing: queuing && {
      queues: queuing.queues ?? 64,
      handSize: queuing.handSize ?? 8,
      queueLengthLimit: queuing.queueLengthLimit ?? 50,
    },
  };
}
