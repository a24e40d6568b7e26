import type { Client } from '@shared/client/client.ts';
import type { Profile } from './framework/framework.ts';
import { defaultBinder } from './plugins/default-binder.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { prioritySort } from './plugins/priority-sort.ts';
import { schedulingGates } from './plugins/scheduling-gates.ts';
import { taintToleration } from './plugins/taint-toleration.ts';

/** The built-in profile. Plugins are asked in this order, so the cheap and the telling ones come first. */
export function defaultProfile(client: Client): Profile {
  return {
    schedulerName: 'default-scheduler',
    plugins: [
      prioritySort,
      schedulingGates,
      nodeUnschedulable,
      nodeName,
      taintToleration,
      nodeAffinity,
      nodePorts,
      nodeResourcesFit,
      defaultBinder(client),
    ],
    weights: { TaintToleration: 3, NodeAffinity: 2 },
  };
}
