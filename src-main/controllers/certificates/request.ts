import type { CertificateRequestFacts } from '@shared/api/certificate-request.ts';
import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import { decodeBase64 } from '@shared/lib/base64.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export type ReadonlyRequest = DeepReadonly<CertificateSigningRequest>;
type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

/** The signers that Kubernetes itself brings. https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers */
export const signers = {
  client: 'kubernetes.io/kube-apiserver-client',
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  legacy: 'kubernetes.io/legacy-unknown',
} as const;

export function hasCondition({ status }: ReadonlyRequest, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}

/** The request, PEM, as it stands base64-encoded in the object. */
export function requestPem({ spec }: ReadonlyRequest): string {
  return new TextDecoder().decode(decodeBase64(spec?.request ?? ''));
}

/** The request's status with one condition more. */
export function withRequestCondition(
  request: ReadonlyRequest,
  now: string,
  condition: Pick<Condition, 'type' | 'reason' | 'message'>,
): ReadonlyRequest {
  const added = { ...condition, status: 'True', lastUpdateTime: now, lastTransitionTime: now };
  return {
    ...request,
    status: { ...request.status, conditions: [...(request.status?.conditions ?? []), added] },
  };
}

const clientUsages = ['client auth', 'digital signature', 'key encipherment'];
const servingUsages = ['server auth', 'digital signature', 'key encipherment'];

/** Why a signer will not sign a request; undefined when it will. Source: Kubernetes, "Kubernetes signers". */
export function signerRefusal({ spec }: ReadonlyRequest, facts: CertificateRequestFacts): string | undefined {
  const usages = spec?.usages ?? [];
  switch (spec?.signerName) {
    case signers.client:
      return usageRefusal(usages, { of: 'client auth', allowed: clientUsages });
    case signers.kubeletClient:
      return kubeletClientRefusal(facts, usages);
    case signers.kubeletServing:
      return kubeletServingRefusal(facts, usages);
    default:
      return undefined;
  }
}

/** Why a request is not one for a kubelet's client certificate. */
export function kubeletClientRefusal(
  facts: CertificateRequestFacts,
  usages: readonly string[],
): string | undefined {
  if (facts.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (facts.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (facts.ips.length > 0) return 'IP subjectAltNames are not allowed';
  if (facts.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return nodeNameRefusal(facts) ?? exactUsages(usages, 'client auth', 'for kubelet client certificate');
}

function kubeletServingRefusal(
  facts: CertificateRequestFacts,
  usages: readonly string[],
): string | undefined {
  if (facts.dnsNames.length + facts.ips.length === 0) return 'DNS or IP subjectAltName is required';
  if (facts.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (facts.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return nodeNameRefusal(facts) ?? exactUsages(usages, 'server auth', 'for kubelet serving certificate');
}

function nodeNameRefusal({ organizations, commonName }: CertificateRequestFacts): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') {
    return 'subject organization is not system:nodes';
  }
  return commonName.startsWith('system:node:')
    ? undefined
    : 'subject common name does not begin with system:node:';
}

/** Exactly the usage and a digital signature; encipherment besides for RSA keys. */
function exactUsages(usages: readonly string[], main: string, what: string): string | undefined {
  const allowed = main === 'client auth' ? clientUsages : servingUsages;
  const has = (usage: string) => usages.includes(usage);
  const fits = has(main) && has('digital signature') && usages.every((usage) => allowed.includes(usage));
  return fits ? undefined : `usages did not match ${allowed.join(', ')} ${what}`;
}

function usageRefusal(
  usages: readonly string[],
  { of, allowed }: { of: string; allowed: readonly string[] },
): string | undefined {
  const fits = usages.includes(of) && usages.every((usage) => allowed.includes(usage));
  return fits ? undefined : `invalid usage for client certificate: ${usages.join(', ')}`;
}
