import type { Unchecked } from '../../../lib/types.ts';
import type { Health } from '../../define.ts';
import type { Pod } from '../../wire.ts';
import { isPodReady, podCondition, summarizePod } from './pod-status.ts';

/** Words of the STATUS column that mean trouble even while something is still being tried. */
const trouble =
  /(BackOff|^Err|Error|Invalid|OOMKilled|Unhealthy|ExitCode:|Signal:|^Evicted$|^Failed$|DeadlineExceeded|ContainerCannotRun|ContainerStatusUnknown|NodeAffinity|OutOf|Unexpected|Preempt)/;

/** How a pod fares: done, at work, on its way, or in trouble. */
export function podHealth(pod: Unchecked<Pod>): Health {
  const { status: text } = summarizePod(pod);
  if (pod.status?.phase === 'Failed') return { level: 'error', text };
  if (trouble.test(text)) return { level: 'error', text };
  if (pod.status?.phase === 'Succeeded') return { level: 'done', text };
  if (text === 'Terminating') return { level: 'progress', text };
  if (text === 'Unknown' || text === 'NotReady') return { level: 'warn', text };
  if (text === 'Running')
    return isPodReady(pod) ? { level: 'ok', text } : { level: 'progress', text: 'Not ready' };
  const scheduled = podCondition(pod, 'PodScheduled');
  if (text === 'Pending' && scheduled?.reason === 'Unschedulable') {
    return { level: 'warn', text: 'Unschedulable' };
  }
  return { level: 'progress', text: text || 'Pending' };
}
