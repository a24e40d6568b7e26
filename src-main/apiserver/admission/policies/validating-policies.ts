import { ApiError, httpCodes, type StatusReason } from '@shared/api/status.ts';
import { validatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/validating-admission-policy/kind.ts';
import { validatingAdmissionPolicyBindingKind } from '@shared/kinds/admissionregistration/validating-admission-policy-binding/kind.ts';
import type { Store } from '../../../store/store.ts';
import { outOfBudget } from '../../cel/cel.ts';
import { jsonOf } from '../../objects.ts';
import { forbidden } from '../../registry/errors.ts';
import { type AdmissionModule, annotateAudit, warn } from '../admission.ts';
import { activationOf } from '../matching/activation.ts';
import { CompiledObjects } from '../matching/compiled-objects.ts';
import { isExempt } from '../matching/exempt.ts';
import { type Form, Subject } from '../matching/subject.ts';
import type { PolicyOutcome } from '../metrics.ts';
import { ConfigurationError, checkParamKind, collectParams } from './params.ts';
import { compileMatch, matchPolicy, type PolicyMatch } from './policy-match.ts';
import {
  CompiledValidatingPolicy,
  type Judgement,
  type ValidatingBinding,
  type ValidatingPolicy,
} from './validating-policy.ts';

interface Binding {
  readonly binding: ValidatingBinding;
  readonly name: string;
  readonly policyName: string;
  readonly match: PolicyMatch;
}

/** What of a request's judgement goes beyond a single binding. */
interface Outcome {
  readonly refusals: { readonly message: string; readonly reason: StatusReason }[];
  readonly failures: object[];
  readonly annotations: Map<string, string[]>;
}

const maxFailures = 50;

/**
 * Judges requests by ValidatingAdmissionPolicies, for each of their bindings.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function validatingPolicies(store: Store): AdmissionModule {
  const policies = new CompiledObjects(
    store,
    validatingAdmissionPolicyKind,
    (object) => new CompiledValidatingPolicy(object as unknown as ValidatingPolicy),
  );
  const bindings = new CompiledObjects(store, validatingAdmissionPolicyBindingKind, (object) =>
    compiledBinding(object as unknown as ValidatingBinding),
  );

  async function dispatch(subject: Subject): Promise<void> {
    await Promise.all([policies.loading, bindings.loading]);
    const outcome: Outcome = { refusals: [], failures: [], annotations: new Map() };
    for (const policy of policies.all)
      await applyPolicy(policy, subject, { outcome, bindings: bindings.all });
    const { request } = subject;
    for (const [key, values] of outcome.annotations) annotateAudit(request, key, values.join(', '));
    if (outcome.failures.length > 0) {
      const value = JSON.stringify(outcome.failures.slice(0, maxFailures));
      annotateAudit(request, 'validation.policy.admission.k8s.io/validation_failure', value);
    }
    const [first] = outcome.refusals;
    if (first) throw refusal(subject, first);
  }

  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (request) => (bindings.loading !== undefined || bindings.size > 0) && !isExempt(request),
    async validate(object, request) {
      await dispatch(new Subject(request, request.operation === 'DELETE' ? null : jsonOf(object)));
      return [];
    },
    validateView: (request) => dispatch(new Subject(request, null)),
    dispose() {
      policies.dispose();
      bindings.dispose();
    },
  };
}

function compiledBinding(binding: ValidatingBinding): Binding {
  const { metadata, spec } = binding;
  return {
    binding,
    name: metadata?.name ?? '',
    policyName: spec?.policyName ?? '',
    match: compileMatch(spec?.matchResources),
  };
}

interface Dispatch {
  readonly outcome: Outcome;
  readonly bindings: readonly Binding[];
}

async function applyPolicy(
  policy: CompiledValidatingPolicy,
  subject: Subject,
  { outcome, bindings }: Dispatch,
): Promise<void> {
  const own = bindings.filter(({ policyName }) => policyName === policy.name);
  if (own.length === 0) return;
  const form = await configured(policy, { outcome }, async () => {
    const matched = await matchPolicy(policy.match, subject);
    if (matched && policy.paramKind) checkParamKind(subject.request.server, policy.paramKind);
    return matched;
  });
  if (!form) return;
  for (const binding of own) {
    const judgements = await configured(policy, { outcome, binding }, async () =>
      (await matchPolicy(binding.match, subject)) ? judge(policy, subject, { binding, form }) : [],
    );
    for (const judgement of judgements ?? []) note(judgement, { policy, binding, outcome, subject });
  }
}

/** Runs a step that may find the configuration wanting; then the failure policy decides. */
async function configured<T>(
  { name, failsOpen }: CompiledValidatingPolicy,
  { outcome, binding }: { readonly outcome: Outcome; readonly binding?: Binding },
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof ApiError)) throw error;
    const what = binding ? 'binding' : 'policy';
    const message = denied(name, binding, `failed to configure ${what}: ${error.message}`);
    if (!failsOpen) outcome.refusals.push({ message, reason: 'Invalid' });
    return undefined;
  }
}

async function judge(
  policy: CompiledValidatingPolicy,
  subject: Subject,
  { binding, form }: { readonly binding: Binding; readonly form: Form },
): Promise<readonly Judgement[]> {
  const { paramRef } = binding.binding.spec ?? {};
  const { paramKind } = policy;
  const question = { paramKind, paramRef, namespace: subject.namespace };
  const params = await collectParams(subject.request.server, question);
  const judgements: Judgement[] = [];
  for (const param of params) {
    const values = { needsNamespace: true, ...(paramKind && { params: param }) };
    judgements.push(await policy.judge(await activationOf(subject, form, values)));
  }
  return judgements;
}

interface Noting {
  readonly policy: CompiledValidatingPolicy;
  readonly binding: Binding;
  readonly outcome: Outcome;
  readonly subject: Subject;
}

function note(judgement: Judgement, { policy, binding, outcome, subject }: Noting): void {
  const { validationActions = [] } = binding.binding.spec ?? {};
  const { admissionMetrics } = subject.request.server;
  const names = { policy: policy.name, binding: binding.name };
  if (judgement.denials.length === 0)
    admissionMetrics.policy({ ...names, action: 'allow', errorType: 'no_error' });
  for (const { index, message, reason } of judgement.denials) {
    for (const action of validationActions)
      admissionMetrics.policy({
        ...names,
        action: actions[action] ?? 'deny',
        errorType: errorTypeOf(message),
      });
    if (validationActions.includes('Deny'))
      outcome.refusals.push({ message: denied(policy.name, binding, message), reason });
    if (validationActions.includes('Audit'))
      outcome.failures.push({
        message,
        policy: policy.name,
        binding: binding.name,
        expressionIndex: index,
        validationActions,
      });
    if (validationActions.includes('Warn'))
      warn(
        subject.request,
        `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`,
      );
  }
  for (const { key, value } of judgement.annotations) {
    const name = `${policy.name}/${key}`;
    const values = outcome.annotations.get(name) ?? [];
    if (!values.includes(value)) outcome.annotations.set(name, [...values, value]);
  }
  for (const message of judgement.errors)
    outcome.refusals.push({ message: denied(policy.name, binding, message), reason: 'Invalid' });
}

const actions: Readonly<Record<string, PolicyOutcome['action']>> = {
  Deny: 'deny',
  Audit: 'audit',
  Warn: 'warn',
};

/** Source: apiserver, `validating.ErrorType`. */
function errorTypeOf(message: string): PolicyOutcome['errorType'] {
  if (message.startsWith('compilation')) return 'compile_error';
  return message.startsWith(outOfBudget) ? 'out_of_budget' : 'invalid_error';
}

function denied(policy: string, binding: Binding | undefined, why: string): string {
  const by = binding ? ` with binding '${binding.name}'` : '';
  return `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${why}`;
}

function refusal({ request, name }: Subject, { message, reason }: Outcome['refusals'][number]): ApiError {
  const { status } = forbidden(request.kind, name, message);
  return new ApiError({
    ...status,
    reason,
    code: httpCodes[reason] ?? 422,
    details: { ...status.details, causes: [{ message }] },
  });
}
