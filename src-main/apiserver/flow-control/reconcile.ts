import type { Clock } from '@shared/lib/clock.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { newUid } from '@shared/lib/random.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import type { Compare, Op, Store } from '../../store/store.ts';
import { type ApiObject, jsonOf, objectOf, storeKey } from '../objects.ts';
import { autoupdateAnnotation, type DefaultObject, defaultObjects, flowControlGroup } from './defaults.ts';

const attempts = 10;
const prefix = `/registry/${flowControlGroup}/`;
const names = new Set(defaultObjects.map((wanted) => keyOf(wanted)));

/**
 * Makes the store hold what it should of flow schemas and priority levels, all in one transaction: the default
 * objects are there, those the server maintains have the spec it suggests, and every flow schema says in its
 * condition `Dangling` whether its priority level exists.
 * Source: Kubernetes, "API Priority and Fairness", "Maintenance of the mandatory and suggested configuration objects".
 */
export async function reconcileFlowControl(store: Store, clock: Clock): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { entries } = await store.range(prefix);
    const present = new Map(
      entries.map((entry) => [entry.key, { modRevision: entry.modRevision, object: objectOf(entry) }]),
    );
    const wanted = plan(new Map([...present].map(([key, { object }]) => [key, object])), clock);
    const compare: Compare[] = [];
    const ops: Op[] = [];
    for (const [key, object] of wanted) {
      compare.push({ key, modRevision: present.get(key)?.modRevision ?? 0 });
      ops.push(object ? { type: 'put', key, value: jsonOf(object) } : { type: 'delete', key });
    }
    if (ops.length === 0 || (await store.txn({ compare, ops })).ok) return;
  }
  throw new Error('the default flow schemas could not be written: somebody else changes them all the time');
}

/** What has to be stored (undefined: removed), by store key. */
function plan(present: ReadonlyMap<string, ApiObject>, clock: Clock): Map<string, ApiObject | undefined> {
  const result = new Map<string, ApiObject | undefined>();
  for (const wanted of defaultObjects) {
    const key = keyOf(wanted);
    const stored = present.get(key);
    const next = stored ? maintained(stored, wanted) : fresh(wanted.object, clock);
    if (next !== stored) result.set(key, next);
  }
  for (const [key, stored] of present)
    if (!names.has(key) && stored.metadata.annotations?.[autoupdateAnnotation] === 'true') {
      result.set(key, undefined); // a default of another version
    }
  const after = new Map([...present, ...result]);
  for (const [key, object] of after) {
    const next = object && withCondition(object, after, clock);
    if (next && next !== object) result.set(key, next);
  }
  return result;
}

function keyOf({ plural, object }: Pick<DefaultObject, 'plural' | 'object'>): string {
  return storeKey({ group: flowControlGroup, plural }, '', object.metadata.name ?? '');
}

function fresh(object: ApiObject, clock: Clock): ApiObject {
  const made = { uid: newUid(), generation: 1, creationTimestamp: rfc3339(clock.now()) };
  return { ...object, metadata: { ...object.metadata, ...made } };
}

/** The stored object as it should be; the very same when nothing is to be done. */
function maintained(stored: ApiObject, { object, isMandatory }: DefaultObject): ApiObject {
  const { annotations = {}, generation = 1 } = stored.metadata;
  const stated = annotations[autoupdateAnnotation];
  const isOurs = isMandatory || stated === 'true' || (stated !== 'false' && generation === 1);
  const value = isOurs ? 'true' : 'false';
  const metadata =
    stated === value
      ? stored.metadata
      : { ...stored.metadata, annotations: { ...annotations, [autoupdateAnnotation]: value } };
  const spec = isOurs ? wantedSpec(stored, object) : stored.spec;
  const isSame = jsonEqual(spec as Json, stored.spec as Json);
  if (metadata === stored.metadata && isSame) return stored;
  const changed = isSame ? metadata : { ...metadata, generation: generation + 1 };
  return { ...stored, metadata: changed, spec };
}

/** The shares of the exempt level are the user's, although the level is mandatory. */
function wantedSpec(stored: ApiObject, wanted: DeepReadonly<DefaultObject['object']>): unknown {
  if (wanted.kind !== 'PriorityLevelConfiguration' || wanted.metadata.name !== 'exempt') return wanted.spec;
  const { type, exempt } = (stored.spec ?? {}) as { type?: string; exempt?: unknown };
  return type === 'Exempt' && exempt !== undefined ? { type, exempt } : wanted.spec;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function withCondition(
  object: ApiObject,
  all: ReadonlyMap<string, ApiObject | undefined>,
  clock: Clock,
): ApiObject {
  if (object.kind !== 'FlowSchema') return object;
  const spec = (object.spec ?? {}) as { priorityLevelConfiguration?: { name?: string } };
  const name = spec.priorityLevelConfiguration?.name ?? '';
  const exists = all.get(
    storeKey({ group: flowControlGroup, plural: 'prioritylevelconfigurations' }, '', name),
  );
  const status = exists ? 'False' : 'True';
  const { conditions = [] } = (object.status ?? {}) as { conditions?: readonly Condition[] };
  if (conditions.some((condition) => condition.type === 'Dangling' && condition.status === status))
    return object;
  const references = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  const dangling = {
    type: 'Dangling',
    status,
    lastTransitionTime: rfc3339(clock.now()),
    reason: exists ? 'Found' : 'NotFound',
    message: `${references} ${exists ? 'and it exists' : 'but there is no such object'}`,
  };
  const others = conditions.filter(({ type }) => type !== 'Dangling');
  return { ...object, status: { conditions: [...others, dangling] } };
}
