import type { ClusterState } from '@shared/rpc/contract.ts';
import type { Level } from '../../ui/feedback.tsx';

/** How a cluster fares, as a level for its mark. */
export function clusterLevel(state: ClusterState): Level {
  switch (state) {
    case 'running':
      return 'ok';
    case 'creating':
    case 'starting':
    case 'stopping':
    case 'deleting':
      return 'progress';
    case 'stopped':
      return 'done';
    case 'failed':
      return 'error';
  }
}
