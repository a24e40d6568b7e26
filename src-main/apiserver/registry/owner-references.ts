import { jsonEqual } from '@shared/lib/json.ts';
import type { WriteOptions } from '../context.ts';
import type { DraftObject } from '../objects.ts';

/**
 * Removes owner references that stand there twice, and warns of it. Kubernetes looks at objects as they come, and at
 * patched ones after admission, which its words tell.
 */
export function dedupOwnerReferences(
  { metadata }: DraftObject,
  { warnings }: Pick<WriteOptions, 'warnings'>,
  isPatch = false,
): void {
  const references = metadata.ownerReferences;
  if (!references || references.length < 2) return;
  const kept: typeof references = [];
  const dropped: string[] = [];
  for (const reference of references) {
    if (kept.some((other) => other.uid === reference.uid && jsonEqual(other, reference)))
      dropped.push(reference.uid);
    else kept.push(reference);
  }
  if (dropped.length === 0) return;
  metadata.ownerReferences = kept;
  const when = isPatch ? ' after mutating admission happens' : '';
  const text = `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${dropped.join(', ')}`;
  if (!warnings.includes(text)) warnings.push(text);
}
