import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod, Toleration } from '@shared/kinds/wire.ts';
import type { UncheckedDraft } from '@shared/lib/types.ts';
import type { AdmissionModule } from './admission.ts';

const tolerationSeconds = 300;
const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Pods stay five minutes on a node that became unready or unreachable, unless they say something else. */
export const defaultTolerationSeconds: AdmissionModule = {
  name: 'DefaultTolerationSeconds',
  handles: ({ kind, operation, subresource }) =>
    kind === podKind && operation !== 'DELETE' && subresource === '',
  mutate(draft) {
    const { spec } = draft as UncheckedDraft<Pod>;
    if (!spec) return;
    for (const key of taints) {
      if ((spec.tolerations ?? []).some((toleration) => covers(toleration, key))) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
      ];
    }
  },
};

function covers({ key, effect }: UncheckedDraft<Toleration>, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
