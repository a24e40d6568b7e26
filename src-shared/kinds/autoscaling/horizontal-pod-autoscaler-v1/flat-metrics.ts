/**
 * Metrics as the annotations of the first version of autoscalers hold them: flat, and behavior with the field names
 * of Go. The forms are Kubernetes' own (k8s.io/api/autoscaling/v1), which other programs read as well.
 */
import { isJsonObject } from '../../../lib/json.ts';
import type { Json, JsonObject } from '../../../lib/types.ts';

/** What a metric should be, or is. */
type Side = 'target' | 'current';

interface FlatNames {
  readonly value: string;
  readonly averageValue: string;
  readonly averageUtilization?: string;
  readonly selector: string;
}

const capitalized = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const lowered = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

/** What the fields are called: `targetAverageValue`, but `averageValue` for objects. */
function namesOf(source: string, side: Side): FlatNames {
  return {
    value: `${side}Value`,
    averageValue: source === 'object' ? 'averageValue' : `${side}AverageValue`,
    averageUtilization: `${side}AverageUtilization`,
    selector: source === 'external' ? 'metricSelector' : 'selector',
  };
}

function defined(object: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function sourceOf(metric: JsonObject): string {
  return typeof metric.type === 'string' ? lowered(metric.type) : '';
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

/** A metric of the second version in the flat form. */
export function metricToFlat(metric: JsonObject, side: Side): JsonObject {
  const source = sourceOf(metric);
  const given = objectAt(metric, source);
  const amounts = objectAt(given, side);
  const identifier = objectAt(given, 'metric');
  const names = namesOf(source, side);
  const flat = defined({
    name: given.name,
    container: given.container,
    ...(given.describedObject !== undefined && { target: given.describedObject }),
    metricName: identifier.name,
    [names.selector]: identifier.selector,
    [names.value]: amounts.value ?? (source === 'object' ? '0' : undefined),
    [names.averageValue]: amounts.averageValue,
    [names.averageUtilization ?? '']: amounts.averageUtilization,
  });
  return { type: metric.type ?? '', [source]: flat };
}

/** A metric of the second version out of the flat form. */
export function metricFromFlat(metric: JsonObject, side: Side): JsonObject {
  const source = sourceOf(metric);
  const flat = objectAt(metric, source);
  const names = namesOf(source, side);
  const zero = source === 'object' && flat[names.averageValue] !== undefined && flat[names.value] === '0';
  const amounts = defined({
    value: zero ? undefined : flat[names.value],
    averageValue: flat[names.averageValue],
    averageUtilization: flat[names.averageUtilization ?? ''],
  });
  const identified = flat.metricName !== undefined;
  const identifier = defined({ name: flat.metricName, selector: flat[names.selector] });
  const given = defined({
    name: flat.name,
    container: flat.container,
    describedObject: source === 'object' ? flat.target : undefined,
    ...(identified && { metric: identifier }),
    [side]: side === 'target' ? { type: targetType(amounts), ...amounts } : amounts,
  });
  return { type: metric.type ?? '', [source]: given };
}

function targetType({ averageUtilization, averageValue }: JsonObject): string {
  if (averageUtilization !== undefined) return 'Utilization';
  return averageValue === undefined ? 'Value' : 'AverageValue';
}

/** With capitalized field names, all the way down. */
export function toGoNames(value: Json): Json {
  return renamed(value, capitalized);
}

/** The inverse of {@link toGoNames}; null members are absent ones. */
export function fromGoNames(value: Json): Json {
  return renamed(value, lowered);
}

function renamed(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => renamed(item ?? null, rename));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined || item === null ? [] : [[rename(key), renamed(item, rename)] as const],
  );
  return Object.fromEntries(entries);
}
