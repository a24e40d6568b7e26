import type { Store } from '../../store/store.ts';
import type { Attributes } from '../auth/authorizer.ts';
import type { KindTable } from '../kind-table.ts';
import { storePrefix } from '../objects.ts';
import type { PriorityLevel } from './level.ts';

const bytesPerSeat = 100_000;
const maxSeats = 10;
/** A list never takes more than this part of its level. */
const maxPartOfLevel = 0.15;
const sample = 4;

/** Whether a request's cost depends on how much there is to list. */
export function isListing({ verb, resourceRequest, name }: Attributes, query: URLSearchParams): boolean {
  if (!resourceRequest || name !== '') return false;
  return verb === 'list' || (verb === 'watch' && query.get('sendInitialEvents') === 'true');
}

/**
 * How many seats a list takes: one for every 100 kB that are to be expected in the answer, judging by how many
 * objects there are and how large the first ones. Source: Kubernetes, "API Priority and Fairness", "Seats Occupied by a
 * Request".
 */
export async function listSeats(
  { store, kinds }: { readonly store: Store; readonly kinds: KindTable },
  attributes: Attributes,
  query: URLSearchParams,
): Promise<number> {
  const { group, version, resource, namespace } = attributes;
  const kind = kinds.byResource(group, version, resource);
  if (!kind?.stored) return 1;
  const prefix = storePrefix(kind, kind.namespaced ? namespace : '');
  const { entries, remaining } = await store.range(prefix, { limit: sample });
  if (entries.length === 0) return 1;
  const bytes = entries.reduce((sum, entry) => sum + entry.json.length, 0) / entries.length;
  const stored = entries.length + remaining;
  const limit = Number(query.get('limit') ?? 0);
  const listed = limit > 0 && limit < stored ? limit : stored;
  return Math.max(1, Math.min(maxSeats, Math.ceil((listed * bytes) / bytesPerSeat)));
}

/** The seats an estimate comes to in a level. */
export function seatsIn({ nominal, settings }: PriorityLevel, seats: number): number {
  if (settings.isExempt) return seats;
  return Math.max(1, Math.min(seats, Math.ceil(nominal * maxPartOfLevel)));
}
