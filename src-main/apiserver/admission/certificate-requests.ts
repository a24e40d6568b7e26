import { invalid, required } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import { resourceAttributes } from '../auth/authorizer.ts';
import { cloneJson } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';

type Request = Unchecked<CertificateSigningRequest>;

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const legacySigner = 'kubernetes.io/legacy-unknown';
const signerShape =
  /^(?:[a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-zA-Z0-9][-./a-zA-Z0-9]*$/;
const pemShape =
  /^\s*-----BEGIN CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----\s*$/;
const minSeconds = 600;
/** Conditions that, once there, stay. */
const lasting = ['Approved', 'Denied', 'Failed'];

/**
 * Certificate requests: who asks is what the server knows, not what he says; what is asked does not change; and
 * approving and signing take permissions on the signer.
 * Source: Kubernetes, "Certificates and Certificate Signing Requests"; admission CertificateApproval,
 * CertificateSigning, CertificateSubjectRestriction.
 */
export const certificateRequests: AdmissionModule = {
  name: 'CertificateRequests',
  handles: ({ kind, operation }) => kind === requestKind && operation !== 'DELETE',
  mutate(object, { operation, old, options: { user } }) {
    const draft = object as UncheckedDraft<CertificateSigningRequest>;
    if (operation === 'UPDATE' && old) {
      draft.spec = cloneJson((old as unknown as Request).spec) as never;
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
    return [...conditionErrors(asked, old), ...certificateErrors(asked, old)];
  },
};

async function checkNew(object: Request, request: AdmissionRequest): Promise<FieldError[]> {
  const { spec } = object;
  const errors: FieldError[] = [];
  const { signerName = '', expirationSeconds, usages = [] } = spec ?? {};
  if (signerName === '') errors.push(required('spec.signerName'));
  else if (!signerShape.test(signerName)) {
    errors.push(
      invalid(
        'spec.signerName',
        signerName,
        'must be a fully qualified domain and path of the form "example.com/signer-name"',
      ),
    );
  } else if (signerName === legacySigner) {
    errors.push(
      invalid('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version'),
    );
  }
  if (usages.length === 0) errors.push(required('spec.usages', 'usages are required'));
  if (expirationSeconds !== undefined && expirationSeconds < minSeconds) {
    errors.push(
      invalid(
        'spec.expirationSeconds',
        expirationSeconds,
        `may not specify a duration less than ${minSeconds} seconds`,
      ),
    );
  }
  const pem = Buffer.from(spec?.request ?? '', 'base64').toString('utf8');
  const tools = request.server.certificates;
  const facts = pemShape.test(pem) ? await tools?.read(pem) : undefined;
  if (!pemShape.test(pem) || (tools && !facts)) {
    errors.push(invalid('spec.request', '<request>', 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if (signerName === clientSigner && facts?.organizations.includes('system:masters')) {
    throw forbidden(
      requestKind,
      object.metadata?.name ?? '',
      `use of ${clientSigner} signer with system:masters group is not allowed`,
    );
  }
  return errors;
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

function conditionErrors(object: Request, old: Request): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'status.conditions';
  if (has(object, 'Approved') && has(object, 'Denied')) {
    errors.push(invalid(field, '', 'Approved and Denied conditions are mutually exclusive'));
  }
  for (const type of lasting) {
    if (has(old, type) && !has(object, type)) {
      errors.push({
        type: 'FieldValueForbidden',
        field,
        message: `Forbidden: updates may not remove a condition of type ${JSON.stringify(type)}`,
      });
    }
    const wrong = object.status?.conditions?.find(
      (condition) => condition.type === type && condition.status !== 'True',
    );
    if (wrong)
      errors.push(
        invalid(
          `${field}.status`,
          wrong.status,
          `must be True for a condition of type ${JSON.stringify(type)}`,
        ),
      );
  }
  return errors;
}

function certificateErrors({ status }: Request, { status: before }: Request): FieldError[] {
  if (status?.certificate === before?.certificate) return [];
  if (before?.certificate)
    return [
      {
        type: 'FieldValueForbidden',
        field: 'status.certificate',
        message: 'Forbidden: updates may not set certificate content if one exists',
      },
    ];
  const text = Buffer.from(status?.certificate ?? '', 'base64').toString('utf8');
  return /-----BEGIN CERTIFICATE-----/.test(text)
    ? []
    : [
        invalid(
          'status.certificate',
          '<certificate data>',
          'must contain at least one CERTIFICATE PEM block',
        ),
      ];
}

function has({ status }: Request, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}
