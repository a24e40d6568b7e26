import type { CertificateTools } from '@shared/api/certificate-request.ts';
import { type Controller, defineController } from '@shared/controller/define.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { encodeBase64 } from '@shared/lib/base64.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import { hasCondition, requestPem, signerRefusal, signers, withRequestCondition } from './request.ts';

const yearSeconds = 365 * 24 * 3600;
const minSeconds = 600;
const known: ReadonlySet<string> = new Set(Object.values(signers));

/** Signs approved requests for Kubernetes' own signers with the cluster's CA, for a year at most. */
export function certificateSigner(tools: CertificateTools): Controller {
  return defineController({
    name: 'csrsigning',
    for: requestKind,
    async reconcile({ name }, { client, clock, informer }) {
      const request = informer(requestKind).get('', name);
      if (!request || !known.has(request.spec?.signerName ?? '') || request.status?.certificate)
        return undefined;
      if (
        !hasCondition(request, 'Approved') ||
        hasCondition(request, 'Denied') ||
        hasCondition(request, 'Failed')
      )
        return undefined;
      const pem = requestPem(request);
      const facts = await tools.read(pem);
      const message = facts ? signerRefusal(request, facts) : 'unable to parse csr';
      if (message !== undefined) {
        const condition = { type: 'Failed', reason: 'SignerValidationFailure', message };
        await client.updateStatus(
          requestKind,
          withRequestCondition(request, rfc3339(clock.now()), condition),
        );
        return undefined;
      }
      const asked = request.spec?.expirationSeconds ?? yearSeconds;
      const validSeconds = Math.min(Math.max(asked, minSeconds), yearSeconds);
      const certificate = await tools.sign({
        requestPem: pem,
        usages: request.spec?.usages ?? [],
        validSeconds,
      });
      const status = { ...request.status, certificate: encodeBase64(certificate) };
      await client.updateStatus(requestKind, { ...request, status });
      return undefined;
    },
  });
}
