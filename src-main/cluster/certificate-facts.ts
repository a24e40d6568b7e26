import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What a stored certificate is good for. */
export interface CertificateFacts {
  readonly expiresAtMs: number;
  /** Whether every one of these DNS names and IP addresses stands in it. */
  covers(names: readonly string[]): boolean;
  /** Whether this authority signed it. */
  signedBy(authorityCert: string): boolean;
}

/** Reads a PEM certificate; undefined when it is none. */
export function readCertificate(cert: string): CertificateFacts | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return undefined; // damaged or half written: as good as absent, it is issued again
  }
  return {
    expiresAtMs: Date.parse(certificate.validTo),
    covers: (names) =>
      names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name))),
    signedBy: (authorityCert) => certificate.verify(new X509Certificate(authorityCert).publicKey),
  };
}
