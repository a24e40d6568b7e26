import type { AdmissionRequest } from '../admission.ts';

const configurations = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** Neither webhooks nor policies have a say about themselves, nor about what the server does on its own account. */
export function isExempt({ kind, options }: AdmissionRequest): boolean {
  if (options.isInternal) return true;
  return kind.group === 'admissionregistration.k8s.io' && configurations.has(kind.plural);
}
