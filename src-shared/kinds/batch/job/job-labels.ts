import type { ObjectMeta } from '../../../api/meta.ts';

/** Labels of a job's pods by which its selector finds them; the first two from before labels had prefixes. */
export const controllerUidLabel = 'batch.kubernetes.io/controller-uid';
const jobNameLabel = 'batch.kubernetes.io/job-name';

/** What the server labels the pods of a job with. */
export function generatedLabels(
  metadata: Pick<ObjectMeta, 'uid' | 'name'> | undefined,
): Record<string, string> {
  const uid = metadata?.uid ?? '';
  const name = metadata?.name ?? '';
  return { 'controller-uid': uid, 'job-name': name, [controllerUidLabel]: uid, [jobNameLabel]: name };
}
