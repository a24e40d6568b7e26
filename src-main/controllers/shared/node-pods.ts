import type { ControllerContext, IndexSource } from '@shared/controller/define.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

const indexName = 'nodeName';

/** The index `podsByNode` reads; state it in the controller's `indexes`. */
export const podsByNodeIndex: IndexSource<Pod> = {
  kind: podKind,
  name: indexName,
  valuesOf: ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []),
};

/** Pods bound to the node. */
export function podsByNode(context: ControllerContext, nodeName: string): readonly DeepReadonly<Pod>[] {
  return context.informer(podKind).byIndex(indexName, nodeName);
}
