import type { ClusterRole } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { newUid } from '@shared/lib/random.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Compare, Op, Store } from '../../../store/store.ts';
import { type ApiObject, type DraftObject, jsonOf, objectOf, storeKey } from '../../objects.ts';
import { autoupdateAnnotation, type DefaultObject, defaultPolicy } from './default-policy.ts';
import { missingRules } from './escalation.ts';
import { type PolicyRule, type RoleRef, rbacGroup, type Subject } from './rule.ts';

const attempts = 10;

/**
 * Makes sure that the default roles and bindings are there: missing ones are written, and those that may be
 * updated automatically get back the rules, selectors and subjects they lost; what was added to them stays. All in one
 * transaction. Source: Kubernetes, "Using RBAC Authorization", "Auto-reconciliation".
 */
export async function reconcileDefaultPolicy(store: Store, clock: Clock): Promise<void> {
  const defaults = defaultPolicy();
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { entries } = await store.range(`/registry/${rbacGroup}/`);
    const present = new Map(entries.map((entry) => [entry.key, entry]));
    const compare: Compare[] = [];
    const ops: Op[] = [];
    for (const wanted of defaults) {
      const key = keyOf(wanted);
      const entry = present.get(key);
      const value = entry ? repaired(objectOf(entry), wanted.object) : fresh(wanted.object, clock);
      if (!value) continue;
      compare.push({ key, modRevision: entry?.modRevision ?? 0 });
      ops.push({ type: 'put', key, value: jsonOf(value) });
    }
    if (ops.length === 0 || (await store.txn({ compare, ops })).ok) return;
  }
  throw new Error('the default roles could not be written: somebody else changes them all the time');
}

function keyOf({ plural, object }: DefaultObject): string {
  const { namespace = '', name = '' } = object.metadata;
  return storeKey({ group: rbacGroup, plural }, namespace, name);
}

function fresh(object: DraftObject, clock: Clock): DraftObject {
  const metadata = { ...object.metadata, uid: newUid(), creationTimestamp: rfc3339(clock.now()) };
  return { ...object, metadata };
}

/** The stored object with what it lacks, or undefined when it lacks nothing or wants to be left alone. */
function repaired(stored: ApiObject, wanted: DraftObject): ApiObject | undefined {
  const { annotations = {}, labels = {} } = stored.metadata;
  if (annotations[autoupdateAnnotation] === 'false') return undefined;
  const metadata = {
    ...stored.metadata,
    annotations: { ...wanted.metadata.annotations, ...annotations },
    labels: { ...wanted.metadata.labels, ...labels },
  };
  const same =
    Object.keys(metadata.annotations).length === Object.keys(annotations).length &&
    Object.keys(metadata.labels).length === Object.keys(labels).length;
  const content = 'roleRef' in wanted ? repairedBinding(stored, wanted) : repairedRole(stored, wanted);
  if (same && !content) return undefined;
  return { ...stored, metadata, ...content };
}

function repairedRole(stored: ApiObject, wanted: DraftObject): object | undefined {
  if (wanted.aggregationRule !== undefined) return repairedAggregation(stored, wanted);
  const rules = (stored.rules ?? []) as readonly PolicyRule[];
  if (JSON.stringify(rules) === JSON.stringify(wanted.rules)) return undefined;
  const missing = missingRules(rules, wanted.rules as PolicyRule[]);
  return missing.length === 0 ? undefined : { rules: [...rules, ...missing] };
}

/** The rules themselves are a controller's work. */
function repairedAggregation(stored: ApiObject, wanted: DraftObject): object | undefined {
  const present = selectorsOf(stored);
  const missing = selectorsOf(wanted).filter(
    (selector) => !present.some((known) => jsonEqual(known, selector)),
  );
  return missing.length === 0
    ? undefined
    : { aggregationRule: { clusterRoleSelectors: [...present, ...missing] } };
}

function selectorsOf({ aggregationRule }: ApiObject | DraftObject) {
  return (aggregationRule as DeepReadonly<ClusterRole>['aggregationRule'])?.clusterRoleSelectors ?? [];
}

function repairedBinding(stored: ApiObject, wanted: DraftObject): object | undefined {
  const sameRole = JSON.stringify(refOf(stored)) === JSON.stringify(refOf(wanted));
  if (!sameRole) return { roleRef: wanted.roleRef, subjects: wanted.subjects };
  const subjects = (stored.subjects ?? []) as readonly Subject[];
  const missing = ((wanted.subjects ?? []) as readonly Subject[]).filter(
    (subject) => !subjects.some((known) => sameSubject(known, subject)),
  );
  return missing.length === 0 ? undefined : { subjects: [...subjects, ...missing] };
}

function refOf({ roleRef }: ApiObject): string[] {
  const { apiGroup, kind, name } = roleRef as RoleRef;
  return [apiGroup, kind, name];
}

function sameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
}
