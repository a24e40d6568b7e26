import type { AnyKind } from '@shared/kinds/define.ts';
import type { Entry } from '../../store/store.ts';
import { type ApiObject, objectOf } from '../objects.ts';
import { viewEntries } from '../registry/versions.ts';
import { Change, changeType, type Delivery, type Receiver, type Selection } from './change.ts';

/**
 * The stored changes of a kind as its other versions show them. Each change is converted once per version, however
 * many watch, and so are its encoded frames. Conversion may take time (webhooks): order is kept nevertheless.
 */
export class ConvertedChanges {
  readonly #known = new WeakMap<AnyKind, WeakMap<Change, Change | Promise<Change>>>();

  /**
   * What to subscribe to among the stored objects, and what to do with what comes: `selection` reads fields of the
   * version, so among stored objects only names and namespaces can be told apart.
   */
  selectionOf(
    kind: AnyKind,
    selection: Selection,
    receiver: Receiver,
  ): { broad: Selection; convert: (deliveries: readonly Delivery[]) => void } {
    let queue: Promise<void> | undefined;
    let hasFailed = false;
    const deliver = (changes: readonly Change[]) => {
      const deliveries = changes.flatMap((change) => deliveryOf(selection, change));
      if (deliveries.length > 0 && !hasFailed) receiver.deliver(deliveries);
    };
    const convert = (deliveries: readonly Delivery[]) => {
      const changes = this.#convert(
        kind,
        deliveries.map(({ change }) => change),
      );
      if (!queue && changes.every((change): change is Change => change instanceof Change)) {
        deliver(changes);
        return;
      }
      const before = queue;
      const turn = Promise.all([Promise.all(changes.map((change) => Promise.resolve(change))), before]).then(
        ([converted]) => deliver(converted),
        (error: unknown) => {
          if (!hasFailed) receiver.fail(error);
          hasFailed = true;
        },
      );
      queue = turn;
      void turn.then(() => {
        if (queue === turn) queue = undefined;
      });
    };
    return { broad: broadSelection(selection), convert };
  }

  #convert(kind: AnyKind, changes: readonly Change[]): readonly (Change | Promise<Change>)[] {
    const known = this.#known.get(kind) ?? new WeakMap<Change, Change | Promise<Change>>();
    this.#known.set(kind, known);
    const fresh = changes.filter((change) => !known.has(change));
    if (fresh.length > 0) convertAll(kind, fresh, known);
    return changes.map((change) => known.get(change) ?? change);
  }
}

function convertAll(
  kind: AnyKind,
  changes: readonly Change[],
  known: WeakMap<Change, Change | Promise<Change>>,
): void {
  const entries = changes.flatMap(({ current, previous }) =>
    [current, previous].filter((entry) => entry !== undefined),
  );
  const viewed = viewEntries(kind, entries);
  if (!(viewed instanceof Promise)) {
    const views = viewsOf(entries, viewed);
    for (const change of changes) known.set(change, convertedChange(change, views));
    return;
  }
  const pending = viewed.then(
    (all) => viewsOf(entries, all),
    (error: unknown) => {
      for (const change of changes) known.delete(change);
      throw error;
    },
  );
  for (const change of changes) {
    known.set(
      change,
      pending.then((views) => {
        const converted = convertedChange(change, views);
        known.set(change, converted);
        return converted;
      }),
    );
  }
}

function viewsOf(entries: readonly Entry[], viewed: readonly Entry[]): ReadonlyMap<Entry, Entry> {
  return new Map(entries.map((entry, i) => [entry, viewed[i] ?? entry]));
}

function convertedChange(change: Change, views: ReadonlyMap<Entry, Entry>): Change {
  const view = (entry: Entry | undefined) => entry && (views.get(entry) ?? entry);
  return new Change({
    revision: change.revision,
    current: view(change.current),
    previous: view(change.previous),
  });
}

function deliveryOf(selection: Selection, change: Change): Delivery[] {
  const matches = (entry: Entry | undefined) => entry !== undefined && selection.matches(objectOf(entry));
  const type = changeType(matches(change.previous), matches(change.current));
  return type ? [{ type, change }] : [];
}

function broadSelection({ namespace, fields }: Selection): Selection {
  const names = ['metadata.name', 'metadata.namespace'];
  return {
    namespace,
    fields: new Map([...fields].filter(([field]) => names.includes(field))),
    matches: (object: ApiObject) => namespace === '' || object.metadata.namespace === namespace,
  };
}
