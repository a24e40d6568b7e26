import { validatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/validating-webhook-configuration/kind.ts';
import type { ValidatingWebhookConfiguration } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { jsonOf } from '../../objects.ts';
import { type AdmissionModule, type AdmissionRequest, annotateAudit } from '../admission.ts';
import { isExempt } from '../matching/exempt.ts';
import { Subject } from '../matching/subject.ts';
import { callWebhook, failureOf } from './call.ts';
import { webhooksOf } from './configured-webhook.ts';
import { type Invocation, invocationOf } from './invocation.ts';
import type { Webhooks } from './webhooks.ts';

/**
 * Asks every webhook of ValidatingWebhookConfigurations that wants to judge a request, all at once. The first refusal
 * in their order is the answer.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
export function validatingWebhooks(webhooks: Webhooks): AdmissionModule {
  const known = webhooks.follow(validatingWebhookConfigurationKind, (object) =>
    webhooksOf(object as unknown as DeepReadonly<ValidatingWebhookConfiguration>),
  );

  async function dispatch(request: AdmissionRequest, subject: Subject): Promise<void> {
    if (known.loading) await known.loading;
    const invocations: Invocation[] = [];
    for (const hook of known.all.flat()) {
      const invocation = await invocationOf(hook, subject);
      if (invocation) invocations.push(invocation);
    }
    const caller = { client: webhooks.clientFor(request.server), isMutating: false };
    const refusals = await Promise.all(
      invocations.map(async (invocation, index) => {
        try {
          await callWebhook(caller, subject, invocation);
          return undefined;
        } catch (error) {
          return refusalOf(error, invocation, { request, index });
        }
      }),
    );
    const refusal = refusals.find((one) => one !== undefined);
    if (refusal) throw refusal;
  }

  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (request) => (known.loading !== undefined || known.size > 0) && !isExempt(request),
    async validate(object, request) {
      await dispatch(request, new Subject(request, request.operation === 'DELETE' ? null : jsonOf(object)));
      return [];
    },
    validateView: (request) => dispatch(request, new Subject(request, null)),
    dispose: () => known.dispose(),
  };
}

function refusalOf(
  error: unknown,
  invocation: Invocation,
  { request, index }: { readonly request: AdmissionRequest; readonly index: number },
): unknown {
  try {
    const failure = failureOf(error, invocation);
    if (failure) return failure;
  } catch (refusal) {
    return refusal;
  }
  const key = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`;
  annotateAudit(request, key, invocation.hook.webhook.name ?? '');
  return undefined;
}
