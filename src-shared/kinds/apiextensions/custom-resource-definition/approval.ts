import type { UncheckedCrd } from './names.ts';

/** Says of a definition in a group of the Kubernetes community who has approved it, or that nobody has. */
export const approvalAnnotation = 'api-approved.kubernetes.io';

export interface Approval {
  readonly state: 'approved' | 'bypassed' | 'missing' | 'invalid';
  /** Why that is so. */
  readonly text: string;
}

/** Undefined in everybody's groups, which take no approval. Source: apiextensions, `GetAPIApprovalState`. */
export function approvalOf({ metadata, spec }: UncheckedCrd): Approval | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec?.group ?? '')) return undefined;
  const annotation = metadata?.annotations?.[approvalAnnotation] ?? '';
  const head = `protected groups must have approval annotation "${approvalAnnotation}"`;
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (annotation === '') return { state: 'missing', text: `${head}, ${see}` };
  if (annotation.startsWith('unapproved'))
    return { state: 'bypassed', text: `not approved: ${JSON.stringify(annotation)}` };
  if (/^[a-z][a-z\d+.-]*:\/\/[^/?#]/i.test(annotation))
    return { state: 'approved', text: `approved in ${annotation}` };
  return {
    state: 'invalid',
    text: `${head} with either a URL or a reason starting with "unapproved", ${see}`,
  };
}
