import { invalid, forbidden as unchangeable } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import {
  checkConditions,
  keepVerdicts,
  stampConditions,
} from '@shared/kinds/certificates/certificate-signing-request/request-status.ts';
import { checkRequestSpec } from '@shared/kinds/certificates/certificate-signing-request/request-validation.ts';
import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import { resourceAttributes } from '../auth/authorizer.ts';
import { cloneJson } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';
import { certificateComplaint } from './certificate-pem.ts';

type Request = Unchecked<CertificateSigningRequest>;

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const pemShape =
  /^\s*-----BEGIN CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----\s*$/;

/**
 * Certificate requests: who asks is what the server knows, not what he says; what is asked does not change; and
 * approving and signing take permissions on the signer.
 * Source: Kubernetes, "Certificates and Certificate Signing Requests"; admission CertificateApproval,
 * CertificateSigning, CertificateSubjectRestriction.
 */
export const certificateRequests: AdmissionModule = {
  name: 'CertificateRequests',
  handles: ({ kind, operation }) => kind === requestKind && operation !== 'DELETE',
  mutate(object, { operation, old, server, subresource, options: { user } }) {
    const draft = object as UncheckedDraft<CertificateSigningRequest>;
    if (operation === 'UPDATE' && old) {
      const before = old as unknown as Request;
      draft.spec = cloneJson(before.spec) as never;
      if (subresource === 'status') keepVerdicts(draft, before);
      if (subresource === 'approval') draft.status = withConditions(before, draft);
      if (subresource !== '') stampConditions(draft, before, rfc3339(server.clock.now()));
      return;
    }
    if (!draft.spec) return;
    const { uid: _, extra: __, ...asked } = draft.spec;
    draft.spec = {
      ...asked,
      username: user.name,
      groups: [...user.groups],
      ...(user.uid !== undefined && { uid: user.uid }),
      ...(user.extra !== undefined && { extra: cloneJson(user.extra) as never }),
    };
  },
  async validate(object, request) {
    const asked = object as unknown as Request;
    if (request.operation === 'CREATE') return checkNew(asked, request);
    const old = request.old as unknown as Request;
    if (request.subresource === 'approval') await checkPermission('approve', asked, request);
    const changed = old.status?.certificate !== asked.status?.certificate;
    const failed = has(asked, 'Failed') && !has(old, 'Failed');
    if (request.subresource === 'status' && (changed || failed))
      await checkPermission('sign', asked, request);
    return [
      ...checkConditions(asked, old, request.subresource === 'approval'),
      ...certificateErrors(asked, old),
    ];
  },
};

/** Approving changes the conditions, nothing else. */
function withConditions(
  { status }: Request,
  draft: UncheckedDraft<CertificateSigningRequest>,
): NonNullable<UncheckedDraft<CertificateSigningRequest>['status']> {
  const { conditions: _, ...kept } =
    (cloneJson(status ?? {}) as UncheckedDraft<CertificateSigningRequest>['status']) ?? {};
  const conditions = draft.status?.conditions;
  return { ...kept, ...(conditions && { conditions }) };
}

async function checkNew(object: Request, request: AdmissionRequest): Promise<FieldError[]> {
  const { spec = {} } = object;
  const pem = Buffer.from(spec.request ?? '', 'base64').toString('utf8');
  const tools = request.server.certificates;
  const facts = pemShape.test(pem) ? await tools?.read(pem) : undefined;
  if (spec.signerName === clientSigner && facts?.organizations.includes('system:masters')) {
    throw forbidden(
      requestKind,
      object.metadata?.name ?? '',
      `use of ${clientSigner} signer with system:masters group is not allowed`,
    );
  }
  const isWellFormed = pemShape.test(pem) && (!tools || facts !== undefined);
  const text = 'PEM block type must be CERTIFICATE REQUEST';
  return [
    ...(isWellFormed ? [] : [invalid('spec.request', spec.request, text)]),
    ...checkRequestSpec('spec', spec),
  ];
}

/** Verb `approve` or `sign` on the signer, by its name or for its whole domain (`example.com/*`). */
async function checkPermission(
  verb: 'approve' | 'sign',
  { spec }: Request,
  request: AdmissionRequest,
): Promise<void> {
  const { server, options, name } = request;
  const signer = spec?.signerName ?? '';
  for (const target of [signer, `${signer.split('/')[0]}/*`]) {
    const what = { group: 'certificates.k8s.io', resource: 'signers', name: target };
    if ((await server.authorizer.authorize(resourceAttributes(options.user, verb, what))).allowed) return;
  }
  throw forbidden(
    requestKind,
    name,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`,
  );
}

function certificateErrors({ status }: Request, { status: before }: Request): FieldError[] {
  const { certificate = '' } = status ?? {};
  const old = before?.certificate ?? '';
  if (certificate === old) return [];
  const field = 'status.certificate';
  const complaint = certificateComplaint(Buffer.from(certificate, 'base64').toString('utf8'));
  return [
    ...(complaint === undefined ? [] : [invalid(field, '<certificate data>', complaint)]),
    ...(old === '' ? [] : [unchangeable(field, 'updates may not modify existing certificate content')]),
  ];
}

function has({ status }: Request, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}
