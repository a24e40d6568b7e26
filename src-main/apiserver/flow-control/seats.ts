import type { PriorityLevel } from './level.ts';

/**
 * Requests that may be in work at once, over all priority levels. Of reading ones hardly more than one computes at any
 * time (see turns.ts); writing ones wait for the disk together, and their number is what makes one flush serve many.
 */
export const totalSeats = 240;

/** Deals the seats out by shares. */
export function assignSeats(levels: Iterable<PriorityLevel>): void {
  const all = [...levels];
  const shares = all.reduce((sum, { settings }) => sum + settings.shares, 0);
  for (const level of all) {
    const { settings } = level;
    level.nominal = shares === 0 ? 0 : Math.ceil((totalSeats * settings.shares) / shares);
    level.demand.nominal = level.nominal;
    level.guaranteed = level.nominal - Math.round((level.nominal * settings.lendablePercent) / 100);
    level.upper =
      settings.borrowingLimitPercent === undefined
        ? Number.POSITIVE_INFINITY
        : level.nominal + Math.round((level.nominal * settings.borrowingLimitPercent) / 100);
    level.lane.weight = Math.max(level.nominal, settings.isExempt ? totalSeats : 1);
  }
}

/** Seats of the lendable parts that nobody sits on. */
function lendable(levels: Iterable<PriorityLevel>): number {
  let free = 0;
  for (const { nominal, guaranteed, seatsInUse, settings } of levels) {
    if (settings.isExempt) continue;
    free += nominal - guaranteed - Math.max(0, seatsInUse - guaranteed);
  }
  return free;
}

/**
 * Whether a level has room for so many seats more: on its guaranteed part always, beyond that where seats meant for
 * lending (its own among them) are free. Kubernetes settles every ten seconds who lends how much; here a seat is lent
 * for one request and back when that ends, so no lender waits longer than a request takes.
 */
export function hasRoom(level: PriorityLevel, seats: number, levels: Iterable<PriorityLevel>): boolean {
  if (level.settings.isExempt) return true;
  const after = level.seatsInUse + seats;
  if (after <= level.guaranteed) return true;
  // Whatever its width, a request is served when it is alone.
  if (level.seatsInUse === 0 && seats >= level.nominal) return true;
  if (after > level.upper) return false;
  return after - Math.max(level.seatsInUse, level.guaranteed) <= lendable(levels);
}

/** How many seats a level could have now. */
export function currentLimit(level: PriorityLevel, levels: Iterable<PriorityLevel>): number {
  const free = Math.max(0, lendable(levels));
  return Math.min(level.upper, Math.max(level.seatsInUse, level.guaranteed) + free);
}
