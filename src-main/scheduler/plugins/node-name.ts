import { type Plugin, passed, unresolvable } from '../framework/framework.ts';

/** A pod that names its node runs there or nowhere. */
export const nodeName: Plugin = {
  name: 'NodeName',
  filter: (_state, pod, node) => {
    const wanted = pod.spec?.nodeName;
    return wanted === undefined || wanted === '' || wanted === node.name
      ? passed
      : unresolvable("node(s) didn't match the requested node name");
  },
  liftedBy: ['NodeAdded'],
};
