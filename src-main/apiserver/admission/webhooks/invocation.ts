import { forbidden } from '../../registry/errors.ts';
import { activationOf } from '../matching/activation.ts';
import { matchConditions } from '../matching/conditions.ts';
import { matchingForm } from '../matching/rules.ts';
import { selectsSubject } from '../matching/selectors.ts';
import type { Form, Subject } from '../matching/subject.ts';
import type { ConfiguredWebhook } from './configured-webhook.ts';

/** A webhook that wants a request, and the version it wants it in. */
export interface Invocation {
  readonly hook: ConfiguredWebhook;
  readonly form: Form;
}

/** How a webhook is to be called, if at all. Rejects with 403 when that cannot be told and failures count. */
export async function invocationOf(
  hook: ConfiguredWebhook,
  subject: Subject,
): Promise<Invocation | undefined> {
  const { webhook, selectors, conditions } = hook;
  const form = matchingForm(webhook.rules ?? [], webhook.matchPolicy, subject);
  if (!form || !(await selectsSubject(selectors, subject))) return undefined;
  if (conditions.length === 0) return { hook, form };
  const result = await matchConditions(conditions, await activationOf(subject, form));
  if ('isMatch' in result) return result.isMatch ? { hook, form } : undefined;
  if (webhook.failurePolicy === 'Ignore') return undefined;
  throw forbidden(subject.request.kind, subject.name, result.error);
}
