/**
 * Schedules of cron jobs as Kubernetes reads them (the standard five fields and descriptors of robfig/cron): which
 * are valid, in that library's words, and when they come due. The time of the next run is croner's business, which
 * gets the fields written out as plain lists, so that none of its own extensions applies.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
import { Cron } from 'croner';
import { parseDuration } from './duration.ts';

/** When something is due, minute by minute. */
export interface Schedule {
  /**
   * First time after `afterMs` (milliseconds since the epoch) when the schedule comes due, undefined when it never
   * does. Times that daylight saving skips are run right after the gap; times that occur twice are run once.
   */
  next(afterMs: number): number | undefined;
}

export type ParsedSchedule = { readonly schedule: Schedule } | { readonly error: string };

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

class ScheduleError extends Error {}

/**
 * Reads a schedule in the given time zone (default UTC), which must be known. A zone within the text (`TZ=`) is
 * passed over here; whether it may be there is for validation to say.
 */
export function parseSchedule(text: string, timeZone = 'Etc/UTC'): ParsedSchedule {
  try {
    return { schedule: parse(text, timeZone) };
  } catch (error) {
    if (error instanceof ScheduleError) return { error: error.message };
    throw error;
  }
}

function parse(text: string, timeZone: string): Schedule {
  if (text === '') throw new ScheduleError('empty spec string');
  const zone = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(text);
  if (!zone && /^(CRON_)?TZ=/.test(text)) throw new ScheduleError('empty spec string');
  const [, zoneName = timeZone, rest = text] = zone ?? [];
  if (zone && !isTimeZone(zoneName)) {
    throw new ScheduleError(`provided bad location ${zoneName}: unknown time zone ${zoneName}`);
  }
  return rest.startsWith('@') ? parseDescriptor(rest, zoneName) : parseFields(rest, zoneName);
}

function parseDescriptor(text: string, timeZone: string): Schedule {
  const pattern = Object.hasOwn(descriptors, text) ? descriptors[text] : undefined;
  if (pattern !== undefined) return parseFields(pattern, timeZone);
  if (!text.startsWith('@every ')) throw new ScheduleError(`unrecognized descriptor: ${text}`);
  const duration = parseDuration(text.slice('@every '.length));
  if ('error' in duration) throw new ScheduleError(`failed to parse duration ${text}: ${duration.error}`);
  const everyMs = Math.max(1000, Math.trunc(duration.ms / 1000) * 1000);
  return { next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + everyMs };
}

function parseFields(text: string, timeZone: string): Schedule {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) {
    throw new ScheduleError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  }
  const lists = fields.map((field, index) => parseField(parts[index] ?? '', field));
  if (lists.includes('')) return { next: () => undefined };
  const cron = new Cron(lists.join(' '), { timezone: timeZone, paused: true, mode: '5-part' });
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

/** `*` or the numbers of a field, comma-separated. */
function parseField(text: string, field: Field): string {
  const numbers = new Set<number>();
  let everything = false;
  for (const part of text.split(',').filter((one) => one !== '')) {
    const { start, end, step, star } = parseRange(part, field);
    everything ||= star;
    for (let number = start; number <= end; number += step) numbers.add(number);
  }
  return everything ? '*' : [...numbers].sort((a, b) => a - b).join(',');
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** Stands for every value, which makes a difference between days of the month and of the week. */
  readonly star: boolean;
}

function parseRange(text: string, field: Field): Range {
  const [range = '', stepText, ...furtherSteps] = text.split('/');
  const [low = '', high, ...furtherEnds] = range.split('-');
  const any = low === '*' || low === '?';
  const start = any ? field.min : parseNumber(low, field.names);
  if (!any && furtherEnds.length > 0) throw new ScheduleError(`too many hyphens: ${text}`);
  let end = any ? field.max : high === undefined ? start : parseNumber(high, field.names);
  if (furtherSteps.length > 0) throw new ScheduleError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (stepText !== undefined && high === undefined) end = field.max;
  checkRange(text, { start, end, step, star: false }, field);
  return { start, end, step, star: any && step <= 1 };
}

function checkRange(text: string, { start, end, step }: Range, { min, max }: Field): void {
  if (start < min) {
    throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  }
  if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) {
    throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  }
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`);
}

function parseNumber(text: string, names: readonly string[] = []): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return names === months ? named + 1 : named;
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new ScheduleError(`failed to parse int from ${text}: ${why}`);
  }
  if (number < 0) throw new ScheduleError(`negative number (${number}) not allowed: ${text}`);
  return number;
}

/** True for names of the time zone database as they are written there: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  if (name === 'Local') return true;
  if (!name.split('/').every((part) => /^[A-Z]/.test(part) || /^(posixrules|localtime)$/.test(part))) {
    return false;
  }
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
