import { isReason } from '@shared/api/status.ts';
import { useCallback, useMemo, useState } from 'react';
import { applyManifest, type Review, reviewManifest } from '../../data/apply.ts';
import { useCluster } from '../../data/context.tsx';
import { type Planned, planText } from './manifests.ts';

export type ApplyState =
  | { readonly type: 'unread' }
  | { readonly type: 'working' }
  | { readonly type: 'reviewed'; readonly review: Review; readonly force: boolean }
  /** The namespace comes into being with this very text, so that nothing can be tried beforehand. */
  | { readonly type: 'after-namespace'; readonly namespace: string }
  | { readonly type: 'applied'; readonly review: Review | undefined }
  | { readonly type: 'failed'; readonly error: unknown; readonly review?: Review | undefined };

export type ApplyItem = Planned & { readonly state: ApplyState };

export type Phase = 'editing' | 'reviewing' | 'applied';

export interface Apply {
  readonly items: readonly ApplyItem[];
  readonly phase: Phase;
  readonly busy: boolean;
  /** How many objects can be applied as they stand. */
  readonly sendable: number;
  edit(): void;
  review(): Promise<void>;
  /** Reviews one object again, taking over fields that others own. */
  takeOver(id: string): Promise<void>;
  apply(): Promise<void>;
}

/** The way of a text from editor to cluster: dry run of every object, then the real thing. */
export function useApply(text: string, namespace: string): Apply {
  const { client } = useCluster();
  const planned = useMemo(() => planText(text, namespace), [text, namespace]);
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
      put(item.id, {
        type: 'reviewed',
        review: await reviewManifest(client, item.manifest, { force }),
        force,
      });
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
      put(item.id, { type: 'applied', review: { live: review?.live, result } });
    } catch (error) {
      put(item.id, { type: 'failed', error, review });
    }
  };
  return {
    items,
    phase,
    busy,
    sendable: items.filter((item) => canSend(item.state)).length,
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

export function canSend(state: ApplyState): boolean {
  return state.type === 'reviewed' || state.type === 'after-namespace';
}

function namespaceMadeHere(item: Planned, all: readonly Planned[]): string | undefined {
  const namespace = item.manifest?.ref.namespace;
  const made = all.some(
    ({ manifest }) => manifest?.kind.kind === 'Namespace' && manifest.ref.name === namespace,
  );
  return made ? namespace : undefined;
}
