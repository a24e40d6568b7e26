import type { SubjectAccessReview } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { Remembered } from '@shared/lib/remembered.ts';
import type { Json } from '@shared/lib/types.ts';
import { CelError, type CelProgram } from '../cel/cel.ts';
import { toCel } from '../cel/values.ts';
import { type Attributes, type Authorizer, type Decision, noOpinion } from './authorizer.ts';
import { callIdentityService } from './https-json.ts';

/** A service that is sent SubjectAccessReviews, as in an AuthorizationConfiguration. */
export interface WebhookAuthorizerSettings {
  readonly name: string;
  readonly connection: WebhookConnection;
  readonly timeoutMs: number;
  /** How long answers are kept; 0: not at all. */
  readonly allowedMs: number;
  readonly refusedMs: number;
  /** What a service that does not answer means: nothing, or that nobody may. */
  readonly failurePolicy: 'NoOpinion' | 'Deny';
  /** Expressions about the review; one that is false, and the service is not asked. */
  readonly matchConditions: readonly CelProgram[];
}

export interface WebhookConnection {
  readonly url: string;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
}

interface Context {
  readonly clock: Clock;
  log(message: string, fields?: Record<string, unknown>): void;
}

type Spec = SubjectAccessReview['spec'];

const maxKept = 8192;
/** What all conditions of one review may cost. */
const conditionsBudget = 2_500_000;

/**
 * Asks a service who may do what. Equal questions are answered from memory for a while. Source: Kubernetes, "Webhook
 * Mode" and "Authorization", "Using Configuration File for Authorization".
 */
export function createWebhookAuthorizer(
  settings: WebhookAuthorizerSettings,
  { clock, log }: Context,
): Authorizer {
  const kept = new Remembered<Decision>(clock, maxKept);
  const failed = (error: unknown): Decision => {
    log('the authorization webhook could not be asked', { webhook: settings.name, error: String(error) });
    const reason = `webhook ${settings.name}: ${error instanceof Error ? error.message : String(error)}`;
    return settings.failurePolicy === 'Deny'
      ? { allowed: false, denied: true, reason }
      : { allowed: false, reason };
  };
  return {
    async authorize(attributes) {
      const spec = specOf(attributes);
      try {
        if (!matches(settings.matchConditions, spec)) return noOpinion;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        return failed(error);
      }
      const believed = async () => {
        const value = await ask(settings, spec);
        return { value, forMs: value.allowed ? settings.allowedMs : settings.refusedMs };
      };
      return kept.get(JSON.stringify(spec), believed).catch(failed);
    },
  };
}

/** Throws CelError when none is false and one fails. */
function matches(conditions: readonly CelProgram[], spec: Spec): boolean {
  const variables = { request: toCel(spec as unknown as Json) };
  const budget = { remaining: conditionsBudget };
  let failure: unknown;
  for (const condition of conditions) {
    try {
      if (condition.evaluate(variables, budget) === false) return false;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return true;
}

async function ask({ connection, timeoutMs }: WebhookAuthorizerSettings, spec: Spec): Promise<Decision> {
  const { url, ca, cert, key, token } = connection;
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec };
  const answer = await callIdentityService(url, { method: 'POST', body, ca, cert, key, token, timeoutMs });
  if (answer.status < 200 || answer.status > 299) throw new Error(`HTTP ${answer.status}`);
  const { status } = JSON.parse(answer.text) as Partial<SubjectAccessReview>;
  if (typeof status?.allowed !== 'boolean') throw new Error('the answer has no status.allowed');
  const { allowed, denied = false, reason = '' } = status;
  if (allowed && denied)
    throw new Error('webhook subject access review returned both allow and deny response');
  return { allowed, ...(denied && { denied }), reason };
}

function specOf(attributes: Attributes): Spec {
  const { user, verb, path, resourceRequest } = attributes;
  const { name, groups, uid, extra } = user;
  const copied =
    extra && Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
  const who = {
    ...(name !== '' && { user: name }),
    groups: [...groups],
    ...(uid && { uid }),
    ...(copied && { extra: copied }),
  };
  if (!resourceRequest) return { ...who, nonResourceAttributes: { path, verb } };
  const { namespace, group, version, resource, subresource, name: object, fieldSelector } = attributes;
  const requirements = requirementsOf(fieldSelector ?? '');
  const stated = { namespace, group, version, resource, subresource, name: object };
  return {
    ...who,
    resourceAttributes: {
      ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== '')),
      verb,
      ...(requirements.length > 0 && { fieldSelector: { requirements } }),
    },
  };
}

function requirementsOf(selector: string): { key: string; operator: string; values: string[] }[] {
  return selector.split(',').flatMap((term) => {
    const [, key, sign, value] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? [];
    if (key === undefined || value === undefined) return [];
    return [{ key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] }];
  });
}
