import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Binding } from '@shared/kinds/wire.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import { bindPod } from '../subresources/pod-binding.ts';
import type { Review } from './reviews.ts';

/** `POST …/bindings`: puts the pod of that name on a node, as `/binding` of the pod does. */
export const binding: Review = {
  group: '',
  kind: 'Binding',
  async answer({ server, target, options }, draft) {
    const pod = { ...target, kind: podKind, name: draft.metadata.name ?? '' };
    // Webhooks and policies were asked about it already.
    const internal = { ...options, isInternal: true };
    await bindPod(server, pod, {
      binding: draft as unknown as Unchecked<Binding> & JsonObject,
      options: internal,
    });
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  },
};
