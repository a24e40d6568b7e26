import { type Plugin, passed, rejected } from '../framework/framework.ts';
import { hostPortsOf } from '../framework/node-info.ts';

const everyAddress = '0.0.0.0';

/** Two pods cannot hold one host port on one address of a node; `0.0.0.0` stands for all addresses. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  filter: (_state, pod, node) => {
    const conflict = hostPortsOf(pod).some(({ key, ip }) =>
      (node.hostPorts.get(key) ?? []).some(
        (used) => used === ip || used === everyAddress || ip === everyAddress,
      ),
    );
    return conflict ? rejected("node(s) didn't have free ports for the requested pod ports") : passed;
  },
  liftedBy: ['NodeAdded', 'PodDeleted'],
};
