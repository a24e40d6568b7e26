import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
} from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { AdmissionModule } from '../admission.ts';
import { type Compiled, Expressions, type Variable } from '../matching/expressions.ts';
import { patchResult, patchTexts } from './mutation.ts';

type Webhooks = Unchecked<MutatingWebhookConfiguration>;
type ValidatingPolicy = Unchecked<ValidatingAdmissionPolicy>;
type MutatingPolicy = Unchecked<MutatingAdmissionPolicy>;
type AnySpec = NonNullable<(ValidatingPolicy | MutatingPolicy)['spec']>;
type Conditions = readonly { readonly expression?: string }[];
type Check = (object: unknown, old: unknown) => FieldError[];

const checks: Readonly<Record<string, Check>> = {
  validatingwebhookconfigurations: (object, old) => webhookErrors(object as Webhooks, old as Webhooks),
  mutatingwebhookconfigurations: (object, old) => webhookErrors(object as Webhooks, old as Webhooks),
  validatingadmissionpolicies: (object, old) =>
    validatingErrors(object as ValidatingPolicy, old as ValidatingPolicy | undefined),
  mutatingadmissionpolicies: (object, old) =>
    mutatingErrors(object as MutatingPolicy, old as MutatingPolicy | undefined),
};

/** Refuses webhooks and policies whose expressions do not compile, with the compiler's words. */
export const policyExpressions: AdmissionModule = {
  name: 'PolicyExpressions',
  handles: ({ kind, operation, subresource }) =>
    kind.group === 'admissionregistration.k8s.io' &&
    operation !== 'DELETE' &&
    subresource === '' &&
    checks[kind.plural] !== undefined,
  check: (object, { kind, old }) => checks[kind.plural]?.(object, old) ?? [],
};

/** Empty expressions are the kind's business. */
function complaint(
  field: string,
  text: string | undefined,
  compile: (text: string) => Compiled,
): FieldError[] {
  if (text === undefined || text.trim() === '') return [];
  const compiled = compile(text);
  return compiled.type === 'error' ? [invalid(field, text, compiled.message)] : [];
}

function conditionErrors(field: string, expressions: Expressions, conditions: Conditions = []): FieldError[] {
  return conditions.flatMap(({ expression }, i) =>
    complaint(`${field}[${i}].expression`, expression?.trim(), (text) => expressions.compile(text, ['bool'])),
  );
}

/** Conditions are looked at again when those of any webhook changed. */
function webhookErrors({ webhooks = [] }: Webhooks, old: Webhooks | undefined): FieldError[] {
  const conditionsOf = (hooks: NonNullable<Webhooks['webhooks']>) =>
    hooks.map(({ matchConditions }) => matchConditions ?? null);
  if (old && jsonEqual(conditionsOf(webhooks), conditionsOf(old.webhooks ?? []))) return [];
  const expressions = new Expressions({});
  return webhooks.flatMap(({ matchConditions }, i) =>
    conditionErrors(`webhooks[${i}].matchConditions`, expressions, matchConditions),
  );
}

/** Match conditions of policies know no variables. */
function policyConditionErrors(spec: AnySpec, old: AnySpec | undefined): FieldError[] {
  const { paramKind, matchConditions } = spec;
  const same = <T>(one: T, other: T) => jsonEqual(one ?? null, other ?? null);
  if (old && same(paramKind, old.paramKind) && same(matchConditions, old.matchConditions)) return [];
  const expressions = new Expressions({ hasParams: paramKind !== undefined });
  return conditionErrors('spec.matchConditions', expressions, matchConditions);
}

function variablesOf({ variables = [] }: AnySpec): readonly Variable[] {
  return variables.map(({ name = '', expression = '' }) => ({ name, expression }));
}

function variableErrors(expressions: Expressions, variables: readonly Variable[]): FieldError[] {
  return expressions.variableErrors.flatMap((message, i) => {
    const text = variables[i]?.expression ?? '';
    const isBlank = text.trim() === '';
    return message === undefined || isBlank
      ? []
      : [invalid(`spec.variables[${i}].expression`, text, message)];
  });
}

function validatingErrors({ spec = {} }: ValidatingPolicy, old: ValidatingPolicy | undefined): FieldError[] {
  const { paramKind, validations = [], auditAnnotations = [] } = spec;
  const variables = variablesOf(spec);
  const expressions = new Expressions({ hasParams: paramKind !== undefined, variables });
  return [
    ...policyConditionErrors(spec, old?.spec),
    ...variableErrors(expressions, variables),
    ...validations.flatMap(({ expression, messageExpression }, i) => [
      ...complaint(`spec.validations[${i}].expression`, expression, (text) =>
        expressions.compile(text, ['bool']),
      ),
      ...complaint(`spec.validations[${i}].messageExpression`, messageExpression, (text) =>
        expressions.compileMessage(text),
      ),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression }, i) =>
      complaint(`spec.auditAnnotations[${i}].valueExpression`, valueExpression, (text) =>
        expressions.compile(text.trim(), ['string', 'null_type']),
      ),
    ),
  ];
}

function mutatingErrors({ spec = {} }: MutatingPolicy, old: MutatingPolicy | undefined): FieldError[] {
  const { paramKind, mutations = [] } = spec;
  const variables = variablesOf(spec);
  const patches = patchTexts(mutations);
  const expressions = new Expressions({ hasParams: paramKind !== undefined, patches, variables });
  return [
    ...policyConditionErrors(spec, old?.spec),
    ...variableErrors(expressions, variables),
    ...mutations.flatMap(({ patchType = '', applyConfiguration, jsonPatch }, i) => {
      const field = patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration';
      const patch = patchType === 'JSONPatch' ? jsonPatch : applyConfiguration;
      return complaint(`spec.mutations[${i}].${field}.expression`, patch?.expression?.trim(), (text) =>
        expressions.compile(text, patchResult(patchType)),
      );
    }),
  ];
}
