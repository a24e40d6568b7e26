import type { Disposable } from '@shared/lib/disposable.ts';
import type { Entry, Store, StoreEvent } from '../../../store/store.ts';
import { objectOf } from '../../objects.ts';
import type { UserInfo } from '../../request.ts';
import {
  type CompiledRule,
  compileRule,
  type PolicyRule,
  type RoleRef,
  rbacGroup,
  type Subject,
} from './rule.ts';

/** A binding as authorization reads it. `namespace` is '' for a ClusterRoleBinding. */
export interface Binding {
  readonly name: string;
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

const prefix = `/registry/${rbacGroup}/`;
const serviceAccountUser = 'system:serviceaccount:';

/**
 * Every role and binding of the store, indexed by subject and namespace, so that a question costs as much as
 * the asking user has bindings, whatever others have. Kept up to date by a watch on the store, which delivers
 * before the writer of a change gets its answer: who was just granted something may use it at once.
 */
export class RbacIndex implements Disposable {
  readonly #roles = new Map<string, readonly CompiledRule[]>();
  readonly #bindings = new Map<string, Binding>();
  /** namespace ('' for the cluster) → subject → bindings. */
  readonly #bySubject = new Map<string, Map<string, Set<Binding>>>();
  readonly #watch: Disposable;
  #waiting: StoreEvent[] | undefined = [];
  #generation = 0;
  /** Resolves when what was stored at the beginning is known. */
  readonly ready: Promise<void>;

  constructor(store: Store) {
    this.#watch = store.watch(prefix, store.revision, (events) => {
      if (this.#waiting) this.#waiting.push(...events);
      else this.#apply(events);
    });
    this.ready = this.#load(store);
    this.ready.catch(() => undefined); // whoever asks first hears of it
  }

  /** Rises with every change of a role or binding; answers derived from the index hold until then. */
  get generation(): number {
    return this.#generation;
  }

  get loaded(): boolean {
    return this.#waiting === undefined;
  }

  /** The bindings that concern the user in a namespace, or with '' those of the whole cluster. */
  *bindingsOf(user: UserInfo, namespace: string): Generator<{ binding: Binding; subject: Subject }> {
    const bySubject = this.#bySubject.get(namespace);
    if (!bySubject) return;
    for (const key of subjectKeysOf(user)) {
      for (const binding of bySubject.get(key) ?? []) {
        const subject = binding.subjects.find(
          (candidate) => subjectKey(candidate, binding.namespace) === key,
        );
        if (subject) yield { binding, subject };
      }
    }
  }

  /** The rules a binding grants; undefined when the role is not there. */
  rulesOf(roleRef: RoleRef, namespace: string): readonly CompiledRule[] | undefined {
    return this.#roles.get(
      roleRef.kind === 'ClusterRole' ? roleKey('', roleRef.name) : roleKey(namespace, roleRef.name),
    );
  }

  dispose(): void {
    this.#watch.dispose();
  }

  async #load(store: Store): Promise<void> {
    const { entries } = await store.range(prefix);
    for (const entry of entries) this.#put(entry);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#apply(waiting);
  }

  #apply(events: readonly StoreEvent[]): void {
    this.#generation += 1;
    for (const event of events) {
      if (event.type === 'put') this.#put(event.entry);
      else this.#remove(event.previous.key);
    }
  }

  #put(entry: Entry): void {
    const place = placeOf(entry.key);
    const { kind, namespace, name } = place;
    if (kind === 'clusterroles' || kind === 'roles') {
      const { rules } = objectOf(entry) as { rules?: readonly PolicyRule[] | null };
      this.#roles.set(roleKey(namespace, name), (rules ?? []).map(compileRule));
      return;
    }
    if (kind !== 'clusterrolebindings' && kind !== 'rolebindings') return;
    this.#removeBinding(entry.key);
    const { roleRef, subjects } = objectOf(entry) as unknown as {
      roleRef: RoleRef;
      subjects?: readonly Subject[];
    };
    const binding: Binding = { name, namespace, roleRef, subjects: subjects ?? [] };
    this.#bindings.set(entry.key, binding);
    const bySubject = this.#bySubject.get(namespace) ?? new Map<string, Set<Binding>>();
    this.#bySubject.set(namespace, bySubject);
    for (const subject of binding.subjects) {
      const key = subjectKey(subject, namespace);
      const set = bySubject.get(key) ?? new Set();
      bySubject.set(key, set.add(binding));
    }
  }

  #remove(key: string): void {
    const { kind, namespace, name } = placeOf(key);
    if (kind === 'clusterroles' || kind === 'roles') this.#roles.delete(roleKey(namespace, name));
    else this.#removeBinding(key);
  }

  #removeBinding(key: string): void {
    const binding = this.#bindings.get(key);
    if (!binding) return;
    this.#bindings.delete(key);
    const bySubject = this.#bySubject.get(binding.namespace);
    for (const subject of binding.subjects) {
      const subjectName = subjectKey(subject, binding.namespace);
      const set = bySubject?.get(subjectName);
      set?.delete(binding);
      if (set?.size === 0) bySubject?.delete(subjectName);
    }
    if (bySubject?.size === 0) this.#bySubject.delete(binding.namespace);
  }
}

function placeOf(key: string): { kind: string; namespace: string; name: string } {
  const [kind = '', first = '', second] = key.slice(prefix.length).split('/');
  return second === undefined
    ? { kind, namespace: '', name: first }
    : { kind, namespace: first, name: second };
}

function roleKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  if (kind === 'Group') return `group ${name}`;
  if (kind === 'ServiceAccount') return `user ${serviceAccountUser}${namespace || bindingNamespace}:${name}`;
  return `user ${name}`;
}

function subjectKeysOf({ name, groups }: UserInfo): string[] {
  return [`user ${name}`, ...groups.map((group) => `group ${group}`)];
}
