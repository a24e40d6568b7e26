import type { Namespace } from '@shared/kinds/wire.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import { toCel } from '../../cel/values.ts';

/** What of a namespace's metadata expressions see, as they know it. */
const shown = {
  name: 'name',
  generateName: 'generateName',
  namespace: 'namespace',
  labels: 'labels',
  annotations: 'annotations',
  uid: 'UID',
  creationTimestamp: 'creationTimestamp',
  deletionGracePeriodSeconds: 'deletionGracePeriodSeconds',
  deletionTimestamp: 'deletionTimestamp',
  generation: 'generation',
  resourceVersion: 'resourceVersion',
  finalizers: 'finalizers',
} as const;

const times: ReadonlySet<string> = new Set(['creationTimestamp', 'deletionTimestamp', 'lastTransitionTime']);

/** A namespace as a value of `namespaceType`: what is not set is not there, times are times. */
export function namespaceValue({ metadata, spec, status }: DeepReadonly<Namespace>): unknown {
  const named = Object.entries(shown).map(([field, name]) => [name, metadata?.[field as keyof typeof shown]]);
  const { conditions, ...state } = status ?? {};
  const parts: [string, unknown][] = [
    ['metadata', mapOf(Object.fromEntries(named))],
    ...(spec ? [['spec', mapOf(spec)] as [string, unknown]] : []),
  ];
  if (status) {
    const told = mapOf(state);
    if (conditions) told.set('conditions', conditions.map(mapOf));
    parts.push(['status', told]);
  }
  return new Map(parts);
}

function mapOf(object: Readonly<Record<string, unknown>> | object): Map<string, unknown> {
  return new Map(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name,
        times.has(name) ? new Date(parseTime(String(value)) ?? 0) : toCel(value as Json),
      ]),
  );
}
