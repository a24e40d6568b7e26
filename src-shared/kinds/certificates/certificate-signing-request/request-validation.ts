import { duplicate, invalid, notSupported, required, tooLong } from '../../../api/field-errors.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { CertificateSigningRequest } from '../../wire.ts';

type Spec = Unchecked<CertificateSigningRequest['spec']>;

const legacySigner = 'kubernetes.io/legacy-unknown';
const minSeconds = 600;
const maxDomainLength = 253;
/** A domain, a slash, and a namespace's and an object's name with a dot between. */
const maxSignerLength = 571;

/** What a key may be used for, in the order in which errors list it. */
const keyUsages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

/** Every error of what is asked for, but for the request itself, which takes a parser. */
export function checkRequestSpec(field: string, spec: Spec): FieldError[] {
  const { usages = [], signerName = '', expirationSeconds } = spec;
  const at = `${field}.usages`;
  const errors: FieldError[] = usages.length === 0 ? [required(at)] : [];
  for (const [index, usage] of usages.entries()) {
    if (!keyUsages.includes(usage)) errors.push(notSupported(`${at}[${index}]`, usage, keyUsages));
  }
  for (const [index, usage] of usages.entries()) {
    if (usages.indexOf(usage) < index) errors.push(duplicate(`${at}[${index}]`, usage));
  }
  errors.push(...checkSigner(`${field}.signerName`, signerName));
  if (expirationSeconds === undefined || expirationSeconds >= minSeconds) return errors;
  const text = 'may not specify a duration less than 600 seconds (10 minutes)';
  return [...errors, invalid(`${field}.expirationSeconds`, expirationSeconds, text)];
}

function checkSigner(field: string, name: string): FieldError[] {
  if (name === legacySigner) {
    return [invalid(field, name, 'the legacy signerName is not allowed via this API version')];
  }
  if (name === '') return [required(field)];
  const [domain = '', path, ...rest] = name.split('/');
  if (path === undefined || rest.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(field, name, text)];
  }
  const labels = domain.split('.');
  return [
    ...(domain.length > maxDomainLength ? [tooLong(field, maxDomainLength)] : []),
    ...checkLabels(field, domain, labels, dnsLabelErrors),
    ...(labels.length < 2
      ? [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]
      : []),
    ...checkLabels(field, path, path.split('.'), dnsSubdomainErrors),
    ...(name.length > maxSignerLength ? [tooLong(field, maxSignerLength)] : []),
  ];
}

/** The first label that is none is told, the others are not. */
function checkLabels(
  field: string,
  value: string,
  labels: readonly string[],
  errorsOf: (label: string) => readonly string[],
): FieldError[] {
  const wrong = labels.find((label) => errorsOf(label).length > 0);
  if (wrong === undefined) return [];
  return errorsOf(wrong).map((text) =>
    invalid(field, value, `validating label ${JSON.stringify(wrong)}: ${text}`),
  );
}
