import { applyJsonPatch } from '@shared/api/json-patch.ts';
import { ApiError } from '@shared/api/status.ts';
import { mutatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/mutating-webhook-configuration/kind.ts';
import type { MutatingWebhookConfiguration } from '@shared/kinds/wire.ts';
import { isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import { parseJsonText } from '@shared/lib/json-text.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import { jsonOf } from '../../objects.ts';
import { type AdmissionModule, type AdmissionRequest, annotateAudit } from '../admission.ts';
import { isExempt } from '../matching/exempt.ts';
import { putBack, reinvocable } from '../matching/reinvocation.ts';
import { internalError } from '../matching/reshape.ts';
import { Subject } from '../matching/subject.ts';
import type { Verdict } from './admission-review.ts';
import { CallFailure, callWebhook, failureOf } from './call.ts';
import { webhooksOf } from './configured-webhook.ts';
import { type Invocation, invocationOf } from './invocation.ts';
import type { Webhooks } from './webhooks.ts';

/**
 * Has objects changed by the webhooks of MutatingWebhookConfigurations, one after the other; those that wish are asked
 * again when something else has changed the object since.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
export function mutatingWebhooks(webhooks: Webhooks): AdmissionModule {
  const known = webhooks.follow(mutatingWebhookConfigurationKind, (object) =>
    webhooksOf(object as unknown as DeepReadonly<MutatingWebhookConfiguration>),
  );

  async function dispatch(subject: Subject): Promise<void> {
    if (known.loading) await known.loading;
    const { request } = subject;
    const caller = { client: webhooks.clientFor(request.server), isMutating: true };
    const again = reinvocable(module, subject);
    for (const [index, hook] of known.all.flat().entries()) {
      const invocation = await invocationOf(hook, subject);
      if (!invocation || !again.isDue(hook.key)) continue;
      const place = `round_${request.reinvocation.isSecondRound ? 1 : 0}_index_${index}`;
      let hasChanged = false;
      try {
        const verdict = await callWebhook(caller, subject, invocation);
        hasChanged = await applyPatch(verdict, { subject, invocation, place });
      } catch (error) {
        const refusal = failureOf(error, invocation);
        if (refusal) throw refusal;
        annotateAudit(
          request,
          `failed-open.mutation.webhook.admission.k8s.io/${place}`,
          hook.webhook.name ?? '',
        );
      }
      const facts = { configuration: hook.configuration, webhook: hook.webhook.name, mutated: hasChanged };
      annotateAudit(request, `mutation.webhook.admission.k8s.io/${place}`, JSON.stringify(facts));
      if (hasChanged) again.noteChange();
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') again.noteInvoked(hook.key);
    }
    again.finish();
  }

  const module: AdmissionModule = {
    name: 'MutatingAdmissionWebhook',
    handles: (request) => (known.loading !== undefined || known.size > 0) && !isExempt(request),
    async mutate(draft, request) {
      const subject = new Subject(request, jsonOf(draft));
      await dispatch(subject);
      putBack(draft, subject);
    },
    async validate(_object, request) {
      if (request.operation === 'DELETE') await dispatch(new Subject(request, null));
      return [];
    },
    mutateView: (request: AdmissionRequest) => dispatch(new Subject(request, null)),
    dispose() {
      known.dispose();
      webhooks.dispose();
    },
  };
  return module;
}

interface Patching {
  readonly subject: Subject;
  readonly invocation: Invocation;
  readonly place: string;
}

/** Whether the patch of a webhook has changed the object. */
async function applyPatch(verdict: Verdict, { subject, invocation, place }: Patching): Promise<boolean> {
  const { webhook, configuration } = invocation.hook;
  const name = webhook.name ?? '';
  if (verdict.patch === '') return false;
  const patch = decodePatch(verdict.patch, name);
  if (patch.length === 0) return false;
  const { object } = await subject.inForm(invocation.form);
  if (!object) {
    const text = 'attempted to modify the object, which is not supported for this operation';
    throw internalError(`admission webhook ${JSON.stringify(name)} ${text}`);
  }
  if (verdict.patchType !== 'JSONPatch')
    throw new CallFailure(name, `unsupported patch type ${JSON.stringify(verdict.patchType)}`);
  const before = subject.object;
  await subject.replace(patched(object, patch), invocation.form);
  const facts = { configuration, webhook: name, patch, patchType: 'JSONPatch' };
  annotateAudit(subject.request, `patch.webhook.admission.k8s.io/${place}`, JSON.stringify(facts));
  return !jsonEqual(before ?? undefined, subject.object ?? undefined);
}

function decodePatch(base64: string, name: string): readonly Json[] {
  try {
    const patch = parseJsonText(Buffer.from(base64, 'base64').toString());
    if (Array.isArray(patch)) return patch as Json[];
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CallFailure(name, `received undecodable patch in webhook response: ${why}`);
  }
}

function patched(object: Json, patch: readonly Json[]) {
  try {
    const result = applyJsonPatch(object, patch);
    if (isJsonObject(result)) return result;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const why = error.message.replace(
      /^the server rejected our request due to an error in our request: /,
      '',
    );
    throw internalError(/^testing value .* failed$/.test(why) ? `${why}: test failed` : why);
  }
  throw internalError('the patched object is no object');
}
