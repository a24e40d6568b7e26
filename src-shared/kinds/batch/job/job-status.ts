import type { Unchecked } from '../../../lib/types.ts';
import type { JobStatus } from '../../wire.ts';

type Status = Unchecked<JobStatus> | undefined;

/** True when the condition is there and met. */
export function isConditionTrue(status: Status, type: string): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
  );
}

/** True for a job that has succeeded or failed for good. */
export function isJobFinished(status: Status): boolean {
  return isConditionTrue(status, 'Complete') || isConditionTrue(status, 'Failed');
}

/** How a job fares, in kubectl's word. */
export function jobStatusText(status: Status, deleting: boolean): string {
  if (isConditionTrue(status, 'Complete')) return 'Complete';
  if (isConditionTrue(status, 'Failed')) return 'Failed';
  if (deleting) return 'Terminating';
  if (isConditionTrue(status, 'Suspended')) return 'Suspended';
  return isConditionTrue(status, 'FailureTarget') ? 'FailureTarget' : 'Running';
}
