import type { CertificateRequestFacts, CertificateTools } from '@shared/api/certificate-request.ts';
import type { CertifiedKey } from './certificates.ts';

/** Certificate requests by the cluster's authority. The X.509 library is loaded with the first one. */
export function createCertificateTools(authority: CertifiedKey): CertificateTools {
  const library = () => import('./certificates.ts');
  return {
    async read(requestPem): Promise<CertificateRequestFacts | undefined> {
      return (await library()).readRequest(requestPem);
    },
    async sign(request) {
      return (await library()).signRequest(authority, request);
    },
  };
}
