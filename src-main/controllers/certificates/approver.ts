import type { CertificateTools } from '@shared/api/certificate-request.ts';
import type { Client } from '@shared/client/client.ts';
import { type Controller, defineController } from '@shared/controller/define.ts';
import { subjectAccessReviewKind } from '@shared/kinds/authorization/subject-access-review/kind.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import {
  hasCondition,
  kubeletClientRefusal,
  type ReadonlyRequest,
  requestPem,
  signers,
  withRequestCondition,
} from './request.ts';

/**
 * Approves requests for kubelet client certificates by whom may have them: a node for itself
 * (`certificatesigningrequests/selfnodeclient`), a bootstrapper for any (`…/nodeclient`).
 */
export function certificateApprover(tools: CertificateTools): Controller {
  return defineController({
    name: 'csrapproving',
    for: requestKind,
    async reconcile({ name }, { client, clock, informer }) {
      const request = informer(requestKind).get('', name);
      if (!request || request.spec?.signerName !== signers.kubeletClient) return undefined;
      if (request.status?.certificate || hasCondition(request, 'Approved') || hasCondition(request, 'Denied'))
        return undefined;
      const facts = await tools.read(requestPem(request));
      if (!facts || kubeletClientRefusal(facts, request.spec.usages ?? []) !== undefined) return undefined;
      const isOwn = request.spec.username === facts.commonName;
      const message =
        isOwn && (await mayCreate(client, request, 'selfnodeclient'))
          ? 'Auto approving self kubelet client certificate after SubjectAccessReview.'
          : (await mayCreate(client, request, 'nodeclient'))
            ? 'Auto approving kubelet client certificate after SubjectAccessReview.'
            : undefined;
      if (message === undefined) return undefined;
      const condition = { type: 'Approved', reason: 'AutoApproved', message };
      const approved = withRequestCondition(request, rfc3339(clock.now()), condition);
      await client.update(requestKind, approved, { subresource: 'approval' });
      return undefined;
    },
  });
}

async function mayCreate(client: Client, { spec }: ReadonlyRequest, subresource: string): Promise<boolean> {
  const { username = '', uid, groups, extra } = spec ?? {};
  const review = await client.create(subjectAccessReviewKind, {
    spec: {
      user: username,
      ...(uid && { uid }),
      ...(groups && { groups }),
      ...(extra && { extra }),
      resourceAttributes: {
        group: 'certificates.k8s.io',
        resource: 'certificatesigningrequests',
        verb: 'create',
        subresource,
        version: '*',
      },
    },
  });
  return review.status?.allowed === true;
}
