import type { KubeObject } from '@shared/api/meta.ts';
import { isReason } from '@shared/api/status.ts';
import { type ControllerContext, defineController } from '@shared/controller/define.ts';
import { persistentVolumeKind } from '@shared/kinds/core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Kind } from '@shared/kinds/define.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { claimFinalizer, claimsOf, isClaimFree, isVolumeFree, volumeFinalizer } from './plan.ts';

const byClaim = 'claim';

/** Lets deleted claims go once no pod uses them. */
export const claimProtection = defineController({
  name: 'persistentvolumeclaim-protection',
  for: persistentVolumeClaimKind,
  indexes: [
    {
      kind: podKind,
      name: byClaim,
      valuesOf: (pod) => claimsOf(pod).map((claim) => `${pod.metadata?.namespace ?? ''}/${claim}`),
    },
  ],
  watches: [
    {
      kind: podKind,
      keysFor: (pod: DeepReadonly<Pod>) =>
        claimsOf(pod).map((name) => ({ namespace: pod.metadata?.namespace ?? '', name })),
    },
  ],
  async reconcile({ namespace, name }, context) {
    const claim = context.informer(persistentVolumeClaimKind).get(namespace, name);
    if (!claim || !isClaimFree(claim, context.informer(podKind).byIndex(byClaim, `${namespace}/${name}`))) {
      return undefined;
    }
    await removeFinalizer(context, persistentVolumeClaimKind, { object: claim, finalizer: claimFinalizer });
    return undefined;
  },
});

/** Lets deleted volumes go once no claim is bound to them. */
export const volumeProtection = defineController({
  name: 'persistentvolume-protection',
  for: persistentVolumeKind,
  async reconcile({ name }, context) {
    const volume = context.informer(persistentVolumeKind).get('', name);
    if (volume && isVolumeFree(volume)) {
      await removeFinalizer(context, persistentVolumeKind, { object: volume, finalizer: volumeFinalizer });
    }
    return undefined;
  },
});

async function removeFinalizer<T extends KubeObject>(
  { client }: ControllerContext,
  kind: Kind<T>,
  { object, finalizer }: { readonly object: DeepReadonly<T>; readonly finalizer: string },
): Promise<void> {
  const present = object.metadata?.finalizers ?? [];
  if (!present.includes(finalizer)) return;
  const finalizers = present.filter((other) => other !== finalizer);
  try {
    await client.update(kind, { ...object, metadata: { ...object.metadata, finalizers } });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
