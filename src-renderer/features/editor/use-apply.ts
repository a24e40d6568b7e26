import { isReason } from '@shared/api/status.ts';
import { useCallback, useMemo, useState } from 'react';
import { applyManifest, type Review, reviewManifest } from '../../data/apply.ts';
import { useCluster, useKinds } from '../../data/context.tsx';
import { type Planned, planText } from './manifests.ts';
import { toComparableYaml } from './to-yaml.ts';

export type ApplyState =
  | { readonly type: 'unread' }
  | { readonly type: 'working' }
  | {
      readonly type: 'reviewed';
      readonly review: Review;
      readonly unchanged: boolean;
      readonly force: boolean;
    }
  /** The namespace comes into being with this very text, so that nothing can be tried beforehand. */
  | { readonly type: 'after-namespace'; readonly namespace: string }
  | { readonly type: 'applied'; readonly review: Review; readonly unchanged: boolean }
  | { readonly type: 'failed'; readonly error: unknown; readonly review?: Review | undefined };

export type ApplyItem = Planned & { readonly state: ApplyState };

export type Phase = 'editing' | 'reviewing' | 'applied';

export interface Apply {
  readonly items: readonly ApplyItem[];
  readonly phase: Phase;
  readonly busy: boolean;
  /** How many objects applying would create or change. */
  readonly changing: number;
  edit(): void;
  review(): Promise<void>;
  /** Reviews one object again, taking over fields that others own. */
  takeOver(id: string): Promise<void>;
  apply(): Promise<void>;
}

/** The way of a text from editor to cluster: dry run of every object, then the real thing. */
export function useApply(text: string, namespace: string): Apply {
  const { client, name } = useCluster();
  const { kinds } = useKinds(name);
  const planned = useMemo(() => planText(text, namespace, kinds), [text, namespace, kinds]);
  const [states, setStates] = useState<ReadonlyMap<string, ApplyState>>(new Map());
  const [phase, setPhase] = useState<Phase>('editing');
  const [busy, setBusy] = useState(false);
  const put = useCallback(
    (id: string, state: ApplyState) => setStates((all) => new Map(all).set(id, state)),
    [],
  );
  const items = planned.map(
    (item): ApplyItem => ({
      ...item,
      state:
        item.manifest === undefined
          ? { type: 'failed', error: item.error }
          : (states.get(item.id) ?? { type: 'unread' }),
    }),
  );

  const reviewOne = async (item: Planned, force: boolean): Promise<void> => {
    if (item.manifest === undefined) return;
    put(item.id, { type: 'working' });
    try {
      const review = await reviewManifest(client, item.manifest, { force });
      put(item.id, { type: 'reviewed', review, unchanged: isUnchanged(review), force });
    } catch (error) {
      const missing = namespaceMadeHere(item, planned);
      put(
        item.id,
        isReason(error, 'NotFound') && missing !== undefined
          ? { type: 'after-namespace', namespace: missing }
          : { type: 'failed', error },
      );
    }
  };
  const applyOne = async (item: ApplyItem): Promise<void> => {
    const { manifest, state } = item;
    if (manifest === undefined || !canSend(state)) return;
    const review = state.type === 'reviewed' ? state.review : undefined;
    put(item.id, { type: 'working' });
    try {
      const result = await applyManifest(client, manifest, {
        force: state.type === 'reviewed' && state.force,
      });
      const done = { live: review?.live, result };
      put(item.id, { type: 'applied', review: done, unchanged: isUnchanged(done) });
    } catch (error) {
      put(item.id, { type: 'failed', error, review });
    }
  };
  return {
    items,
    phase,
    busy,
    changing: items.filter(({ state }) => canSend(state) && !(state.type === 'reviewed' && state.unchanged))
      .length,
    edit: () => {
      setPhase('editing');
      setStates(new Map());
    },
    review: async () => {
      if (planned.length === 0) return;
      setPhase('reviewing');
      setBusy(true);
      await Promise.all(planned.map((item) => reviewOne(item, false)));
      setBusy(false);
    },
    takeOver: async (id) => {
      const found = planned.find((item) => item.id === id);
      setBusy(true);
      if (found) await reviewOne(found, true);
      setBusy(false);
    },
    apply: async () => {
      setBusy(true);
      for (const item of items) await applyOne(item);
      setBusy(false);
      setPhase('applied');
    },
  };
}

/** The cluster has this object just so, but for what changes with every write. */
function isUnchanged({ live, result }: Review): boolean {
  return live !== undefined && toComparableYaml(live) === toComparableYaml(result);
}

/** What is unchanged is sent too: from then on its fields belong to this window as well, as with kubectl. */
function canSend(state: ApplyState): boolean {
  return state.type === 'reviewed' || state.type === 'after-namespace';
}

function namespaceMadeHere(item: Planned, all: readonly Planned[]): string | undefined {
  const namespace = item.manifest?.ref.namespace;
  const made = all.some(
    ({ manifest }) => manifest?.kind.kind === 'Namespace' && manifest.ref.name === namespace,
  );
  return made ? namespace : undefined;
}
