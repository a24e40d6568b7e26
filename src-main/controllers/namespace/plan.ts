import type { DiscoveredResource } from '@shared/client/discovery.ts';
import type { Namespace } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type Conditions = NonNullable<NonNullable<Namespace['status']>['conditions']>;

/** The finalizer in `spec.finalizers` that stands for "contents not gone yet". */
export const contentsFinalizer = 'kubernetes';

/**
 * The resource types to empty, in order of groups: pods first, so that workloads end while the secrets and
 * services they use still exist; everything else together.
 */
export function deletionOrder(
  resources: readonly DiscoveredResource[],
): readonly (readonly DiscoveredResource[])[] {
  const deletable = resources.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'),
  );
  const isPods = ({ group, plural }: DiscoveredResource) => group === '' && plural === 'pods';
  return [deletable.filter(isPods), deletable.filter((resource) => !isPods(resource))].filter(
    (group) => group.length > 0,
  );
}

/** What was found while emptying a namespace. */
export interface Findings {
  /** Texts of group versions that could not be discovered. */
  readonly undiscovered: readonly string[];
  /** Texts of deletions that were refused. */
  readonly refused: readonly string[];
  /** Objects left, by resource as in `pods.` or `deployments.apps`. */
  readonly remaining: ReadonlyMap<string, number>;
  /** Objects left with a finalizer, by finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
}

/** Nothing left and nothing unknown: the namespace may go. */
export function isEmptied(findings: Findings): boolean {
  return findings.undiscovered.length === 0 && findings.refused.length === 0 && findings.remaining.size === 0;
}

/** The conditions by which `kubectl describe namespace` tells what a deletion waits for. */
export function namespaceConditions(
  present: DeepReadonly<Conditions>,
  findings: Findings,
  nowMs: number,
): Conditions {
  const verdicts = [
    verdict('NamespaceDeletionDiscoveryFailure', findings.undiscovered.length > 0, {
      bad: [
        'DiscoveryFailed',
        `Discovery failed for some groups, ${findings.undiscovered.length} failing: ${findings.undiscovered.join(', ')}`,
      ],
      good: ['ResourcesDiscovered', 'All resources successfully discovered'],
    }),
    verdict('NamespaceDeletionGroupVersionParsingFailure', false, {
      bad: ['GroupVersionParsingFailed', ''],
      good: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    }),
    verdict('NamespaceDeletionContentFailure', findings.refused.length > 0, {
      bad: [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${findings.refused.length} remaining: ${findings.refused.join(', ')}`,
      ],
      good: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    }),
    verdict('NamespaceContentRemaining', findings.remaining.size > 0, {
      bad: [
        'SomeResourcesRemain',
        `Some resources are remaining: ${counted(findings.remaining, (name, count) => `${name} has ${count} resource instances`)}`,
      ],
      good: ['ContentRemoved', 'All content successfully removed'],
    }),
    verdict('NamespaceFinalizersRemaining', findings.finalizers.size > 0, {
      bad: [
        'SomeFinalizersRemain',
        `Some content in the namespace has finalizers remaining: ${counted(findings.finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
      ],
      good: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    }),
  ];
  const types = new Set(verdicts.map(({ type }) => type));
  const others = present.filter(({ type }) => !types.has(type)).map((condition) => ({ ...condition }));
  return [...others, ...verdicts.map((fresh) => withTime(fresh, present, nowMs))];
}

type Words = readonly [reason: string, message: string];

function verdict(type: string, isBad: boolean, words: { readonly bad: Words; readonly good: Words }) {
  const [reason, message] = isBad ? words.bad : words.good;
  return { type, status: isBad ? 'True' : 'False', reason, message };
}

function withTime(fresh: ReturnType<typeof verdict>, present: DeepReadonly<Conditions>, nowMs: number) {
  const known = present.find(({ type }) => type === fresh.type);
  const isSame = known?.status === fresh.status;
  return { ...fresh, lastTransitionTime: (isSame && known.lastTransitionTime) || rfc3339(nowMs) };
}

function counted(counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(', ');
}
