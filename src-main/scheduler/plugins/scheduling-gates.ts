import type { Plugin } from '../framework/framework.ts';

/** A pod with gates is not considered until the last one is removed. */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue: (pod) => {
    const gates = pod.spec?.schedulingGates ?? [];
    return gates.length === 0
      ? undefined
      : `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`;
  },
};
