import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN ([^-\n]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

/** What is wrong with a file of certificates, in Kubernetes' words; undefined when nothing is. */
export function certificateComplaint(pem: string): string | undefined {
  if (pem === '') return undefined;
  const blocks = [...pem.matchAll(block)];
  for (const [text, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body.includes(':')) return 'no PEM block headers are permitted';
    if (!isCertificate(text)) return 'x509: malformed certificate';
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
