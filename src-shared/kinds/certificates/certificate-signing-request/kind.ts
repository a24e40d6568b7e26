import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { CertificateSigningRequest } from '../../wire.ts';
import { durationText } from './duration-text.ts';

type ReadonlyRequest = Unchecked<CertificateSigningRequest>;

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  hasStatus: true,
  subresources: ['approval'],
  columns: [
    nameColumn(),
    ageColumn(),
    {
      name: 'SignerName',
      type: 'string',
      description: 'Who is asked to sign.',
      cell: ({ spec }) => spec?.signerName || '<none>',
    },
    {
      name: 'Requestor',
      type: 'string',
      description: 'Who asks.',
      cell: ({ spec }) => spec?.username ?? '',
    },
    {
      name: 'RequestedDuration',
      type: 'string',
      description: 'How long the certificate shall be valid.',
      cell: ({ spec }) =>
        spec?.expirationSeconds === undefined ? '<none>' : durationText(spec.expirationSeconds),
    },
    {
      name: 'Condition',
      type: 'string',
      description: 'Whether it is approved, denied, failed, and whether the certificate is there.',
      cell: conditionText,
    },
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  view: {
    section: 'access',
    title: 'Certificate requests',
    purpose: 'A certificate signing request asks for a certificate, which somebody has to approve.',
    health,
  },
});

function has({ status }: ReadonlyRequest, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}

function conditionText(request: ReadonlyRequest): string {
  const verdict = ['Denied', 'Approved'].find((type) => has(request, type)) ?? 'Pending';
  const failed = has(request, 'Failed') ? ',Failed' : '';
  return `${verdict}${failed}${request.status?.certificate ? ',Issued' : ''}`;
}

function health(request: ReadonlyRequest): Health {
  if (has(request, 'Denied')) return { level: 'error', text: 'Denied' };
  if (has(request, 'Failed')) return { level: 'error', text: 'Failed' };
  if (request.status?.certificate) return { level: 'done', text: 'Issued' };
  return has(request, 'Approved')
    ? { level: 'progress', text: 'Approved' }
    : { level: 'warn', text: 'Waiting for approval' };
}
