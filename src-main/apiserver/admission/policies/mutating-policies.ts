import { subresourcesOf } from '@shared/api/served-kind.ts';
import { ApiError } from '@shared/api/status.ts';
import { mutatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/mutating-admission-policy/kind.ts';
import { mutatingAdmissionPolicyBindingKind } from '@shared/kinds/admissionregistration/mutating-admission-policy-binding/kind.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { Store } from '../../../store/store.ts';
import { CelError } from '../../cel/cel.ts';
import type { CostBudget } from '../../cel/cost.ts';
import { jsonOf } from '../../objects.ts';
import { forbidden } from '../../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from '../admission.ts';
import { activationOf } from '../matching/activation.ts';
import { CompiledObjects } from '../matching/compiled-objects.ts';
import { type MatchCondition, matchConditions } from '../matching/conditions.ts';
import { isExempt } from '../matching/exempt.ts';
import { type Compiled, Expressions } from '../matching/expressions.ts';
import { putBack, type Reinvocable, reinvocable } from '../matching/reinvocation.ts';
import { type Form, Subject } from '../matching/subject.ts';
import { applyMutation, patchResult, patchTexts } from './mutation.ts';
import { ConfigurationError, checkParamKind, collectParams, type ParamKind } from './params.ts';
import { compileMatch, matchPolicy, type PolicyMatch } from './policy-match.ts';
import { compileConditions } from './validating-policy.ts';

type Policy = DeepReadonly<MutatingAdmissionPolicy>;
type PolicyBinding = DeepReadonly<MutatingAdmissionPolicyBinding>;

const mutationBudget = 10_000_000;

interface CompiledPolicy {
  readonly name: string;
  readonly failsOpen: boolean;
  readonly isReinvoked: boolean;
  readonly paramKind: ParamKind | undefined;
  readonly match: PolicyMatch;
  readonly conditions: readonly MatchCondition[];
  readonly mutations: readonly { readonly patchType: string; readonly compiled: Compiled }[];
}

interface CompiledBinding {
  readonly name: string;
  readonly spec: NonNullable<PolicyBinding['spec']>;
  readonly match: PolicyMatch;
}

/** One policy for one binding and one param. */
interface Turn {
  readonly policy: CompiledPolicy;
  readonly binding: CompiledBinding;
  readonly form: Form;
  readonly param: JsonObject | null;
}

interface Failure {
  readonly message: string;
  readonly isInvalid: boolean;
}

/**
 * Changes objects by MutatingAdmissionPolicies, one after the other in the order of their names.
 * https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 */
export function mutatingPolicies(store: Store): AdmissionModule {
  const policies = new CompiledObjects(store, mutatingAdmissionPolicyKind, (object) =>
    compiledPolicy(object as unknown as Policy),
  );
  const bindings = new CompiledObjects(store, mutatingAdmissionPolicyBindingKind, (object) =>
    compiledBinding(object as unknown as PolicyBinding),
  );

  async function dispatch(subject: Subject): Promise<void> {
    await Promise.all([policies.loading, bindings.loading]);
    const failures: Failure[] = [];
    const again = reinvocable(module, subject);
    const turns: Turn[] = [];
    for (const policy of policies.all) {
      const own = bindings.all.filter(({ spec }) => spec.policyName === policy.name);
      if (own.length > 0) turns.push(...(await turnsOf(policy, subject, { bindings: own, failures })));
    }
    for (const turn of turns) await takeTurn(turn, subject, { again, failures });
    again.finish();
    if (failures.length > 0) throw refusal(subject, failures);
  }

  const module: AdmissionModule = {
    name: 'MutatingAdmissionPolicy',
    handles: (request) => (bindings.loading !== undefined || bindings.size > 0) && !isExempt(request),
    async mutate(draft, request) {
      const subject = new Subject(request, jsonOf(draft));
      await dispatch(subject);
      putBack(draft, subject);
    },
    mutateView: (request: AdmissionRequest) => dispatch(new Subject(request, null)),
    dispose() {
      policies.dispose();
      bindings.dispose();
    },
  };
  return module;
}

function compiledPolicy({ metadata, spec = {} }: Policy): CompiledPolicy {
  const { paramKind, variables, mutations = [] } = spec;
  const expressions = new Expressions({
    hasParams: paramKind !== undefined,
    patches: patchTexts(mutations),
    ...(variables && { variables }),
  });
  return {
    name: metadata?.name ?? '',
    failsOpen: spec.failurePolicy === 'Ignore',
    isReinvoked: spec.reinvocationPolicy === 'IfNeeded',
    paramKind,
    match: compileMatch(spec.matchConstraints),
    conditions: compileConditions(expressions, spec.matchConditions),
    mutations: mutations.map((mutation) => ({
      patchType: mutation.patchType,
      compiled: expressions.compile(patchTexts([mutation])[0] ?? '', patchResult(mutation.patchType)),
    })),
  };
}

function compiledBinding({ metadata, spec = {} }: PolicyBinding): CompiledBinding {
  return { name: metadata?.name ?? '', spec, match: compileMatch(spec.matchResources) };
}

function failure(
  policy: CompiledPolicy,
  binding: CompiledBinding | undefined,
  why: string,
  isInvalid: boolean,
): Failure {
  const by = binding
    ? `policy '${policy.name}' with binding '${binding.name}'`
    : `policy ${JSON.stringify(policy.name)}`;
  return { message: `${by} denied request: ${why}`, isInvalid };
}

async function turnsOf(
  policy: CompiledPolicy,
  subject: Subject,
  { bindings, failures }: { readonly bindings: readonly CompiledBinding[]; readonly failures: Failure[] },
): Promise<readonly Turn[]> {
  const configured = async <T>(binding: CompiledBinding | undefined, step: () => Promise<T>) => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof ConfigurationError || error instanceof ApiError)) throw error;
      const why = `failed to configure ${binding ? 'binding' : 'policy'}: ${error.message}`;
      if (!policy.failsOpen) failures.push(failure(policy, binding, why, false));
      return undefined;
    }
  };
  const form = await configured(undefined, async () => {
    const matched = await matchPolicy(policy.match, subject);
    if (matched && policy.paramKind) checkParamKind(subject.request.server, policy.paramKind);
    return matched;
  });
  if (!form) return [];
  const turns: Turn[] = [];
  for (const binding of bindings) {
    const params = await configured(binding, async () => {
      if (!(await matchPolicy(binding.match, subject))) return [];
      const { paramRef } = binding.spec;
      const { paramKind } = policy;
      return collectParams(subject.request.server, { paramKind, paramRef, namespace: subject.namespace });
    });
    for (const param of params ?? []) turns.push({ policy, binding, form, param });
  }
  return turns;
}

interface Taking {
  readonly again: Reinvocable;
  readonly failures: Failure[];
}

async function takeTurn(turn: Turn, subject: Subject, { again, failures }: Taking): Promise<void> {
  const { policy, binding, param } = turn;
  const fail = (why: string) => {
    if (!policy.failsOpen) failures.push(failure(policy, binding, why, true));
  };
  if (policy.conditions.length > 0) {
    const result = await matchConditions(policy.conditions, await activate(turn, subject));
    if ('error' in result) {
      fail(result.error);
      return;
    }
    if (!result.isMatch) return;
  }
  const metadata = param?.metadata as { readonly namespace?: string; readonly name?: string } | undefined;
  const key = [policy.name, binding.name, metadata?.namespace, metadata?.name].join('/');
  if (!again.isDue(key)) return;
  const before = subject.object;
  for (const { patchType, compiled } of policy.mutations) {
    if (!subject.object) continue;
    try {
      if (compiled.type === 'error') throw new CelError(`compilation error: ${compiled.message}`);
      const budget: CostBudget = { remaining: mutationBudget };
      const value = await compiled.expression.evaluate(await activate(turn, subject), budget);
      await mutateOnce(turn, subject, { patchType, value });
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      fail(error.message);
    }
  }
  if (!jsonEqual(before ?? undefined, subject.object ?? undefined)) again.noteChange();
  if (policy.isReinvoked) again.noteInvoked(key);
}

function activate({ form, param, policy }: Turn, subject: Subject) {
  return activationOf(subject, form, { needsNamespace: true, ...(policy.paramKind && { params: param }) });
}

async function mutateOnce(
  { form }: Turn,
  subject: Subject,
  { patchType, value }: { readonly patchType: string; readonly value: unknown },
): Promise<void> {
  const { object } = await subject.inForm(form);
  if (!object) return;
  const { schemas } = subject.request.server;
  const schemaName = schemaOf(subject, form);
  const changed = applyMutation(patchType, { object, value, schemas, schemaName });
  await subject.replace(changed, form);
}

/** Source: apiserver, `policyDispatcher.Dispatch`: the first failure's words, all of them as causes. */
function refusal({ request, name }: Subject, failures: readonly Failure[]): ApiError {
  const { status } = forbidden(request.kind, name, '');
  const [first] = failures;
  return new ApiError({
    ...status,
    message: first?.message ?? '',
    ...(first?.isInvalid && { reason: 'Invalid' as const }),
    details: { ...status.details, causes: failures.map(({ message }) => ({ message })) },
  });
}

/** '' where none is known: lists of such objects are replaced as a whole. */
function schemaOf({ request, subresource }: Subject, { resource }: Form): string {
  const { kinds } = request.server;
  const kind = kinds.byResource(resource.group, resource.version, resource.resource);
  if (!kind || !request.view || subresource === '') return kind?.schema ?? '';
  return subresourcesOf(kind).find(({ name }) => name === subresource)?.schema ?? '';
}
