/**
 * Times as Kubernetes writes them: `metav1.Time` is RFC 3339 in UTC with seconds, `metav1.MicroTime` has six
 * digits after the second.
 */

const rfc3339Pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Milliseconds since the epoch to `2026-01-31T12:00:00Z`; fractions of a second are cut off. */
export function rfc3339(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch to `2026-01-31T12:00:00.123000Z`. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

interface ParsedTime {
  /** Whole seconds, in milliseconds since the epoch. */
  readonly secondMs: number;
  /** Digits after the second, '' when there were none. */
  readonly fraction: string;
}

function parse(text: string): ParsedTime | undefined {
  const match = rfc3339Pattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour ?? 0) > 24 || Number(offsetMinute ?? 0) >= 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const offsetMs = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * 60_000;
  const secondMs = date.getTime() - (sign === '-' ? -offsetMs : offsetMs);
  const utcYear = new Date(secondMs).getUTCFullYear();
  return utcYear < 0 || utcYear > 9999 ? undefined : { secondMs, fraction: fraction ?? '' };
}

/** RFC 3339 text (any offset, any fraction) to milliseconds since the epoch; undefined when malformed. */
export function parseTime(text: string): number | undefined {
  const parsed = parse(text);
  return parsed && parsed.secondMs + Number(`${parsed.fraction}000`.slice(0, 3));
}

/** The same instant as the API server stores a `Time`: UTC, seconds. Undefined when malformed. */
export function normalizeTime(text: string): string | undefined {
  if (text.length === 20 && text.endsWith('Z')) return parse(text) && text;
  const parsed = parse(text);
  return parsed && rfc3339(parsed.secondMs);
}

/** The same instant as the API server stores a `MicroTime`: UTC, microseconds. Undefined when malformed. */
export function normalizeMicroTime(text: string): string | undefined {
  const parsed = parse(text);
  if (!parsed) return undefined;
  return `${rfc3339(parsed.secondMs).slice(0, 19)}.${`${parsed.fraction}000000`.slice(0, 6)}Z`;
}

/**
 * How kubectl shows an age: `35s`, `5m`, `3m20s`, `4h10m`, `3d4h`, `2y15d`. At most two units; less than a
 * second in the future counts as `0s`, more as `<invalid>`.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 60 * 2) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 60 * 3) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (years < 8) return twoUnits(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function twoUnits(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}
