import { invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
} from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { AdmissionModule } from '../admission.ts';
import { type Compiled, Expressions, type Variable } from '../matching/expressions.ts';
import { patchResult, patchTexts } from './mutation.ts';

type Conditions = readonly { readonly expression: string }[];
type Check = (object: unknown) => FieldError[];

const checks: Readonly<Record<string, Check>> = {
  validatingwebhookconfigurations: (object) => webhookErrors(object as never),
  mutatingwebhookconfigurations: (object) => webhookErrors(object as never),
  validatingadmissionpolicies: (object) => validatingErrors(object as never),
  mutatingadmissionpolicies: (object) => mutatingErrors(object as never),
};

/** Refuses webhooks and policies whose expressions do not compile, with the compiler's words. */
export const policyExpressions: AdmissionModule = {
  name: 'PolicyExpressions',
  handles: ({ kind, operation, subresource }) =>
    kind.group === 'admissionregistration.k8s.io' &&
    operation !== 'DELETE' &&
    subresource === '' &&
    checks[kind.plural] !== undefined,
  validate: (object, { kind }) => checks[kind.plural]?.(object) ?? [],
};

function complaint(field: string, text: string, compiled: Compiled): FieldError[] {
  return compiled.type === 'error' ? [invalid(field, text, compiled.message)] : [];
}

function conditionErrors(field: string, expressions: Expressions, conditions: Conditions = []): FieldError[] {
  return conditions.flatMap(({ expression }, i) =>
    complaint(`${field}[${i}].expression`, expression, expressions.compile(expression, ['bool'])),
  );
}

function webhookErrors({ webhooks = [] }: DeepReadonly<MutatingWebhookConfiguration>): FieldError[] {
  return webhooks.flatMap(({ matchConditions }, i) =>
    matchConditions?.length
      ? conditionErrors(`webhooks[${i}].matchConditions`, new Expressions({}), matchConditions)
      : [],
  );
}

function variableErrors(expressions: Expressions, variables: readonly Variable[] = []): FieldError[] {
  return expressions.variableErrors.flatMap((message, i) =>
    message === undefined
      ? []
      : [invalid(`spec.variables[${i}].expression`, variables[i]?.expression ?? '', message)],
  );
}

function validatingErrors({ spec = {} }: DeepReadonly<ValidatingAdmissionPolicy>): FieldError[] {
  const { paramKind, variables, matchConditions, validations = [], auditAnnotations = [] } = spec;
  const expressions = new Expressions({
    hasParams: paramKind !== undefined,
    ...(variables && { variables }),
  });
  return [
    ...conditionErrors('spec.matchConditions', expressions, matchConditions),
    ...variableErrors(expressions, variables),
    ...validations.flatMap(({ expression, messageExpression: message }, i) => [
      ...complaint(
        `spec.validations[${i}].expression`,
        expression,
        expressions.compile(expression, ['bool']),
      ),
      ...(message
        ? complaint(
            `spec.validations[${i}].messageExpression`,
            message,
            expressions.compile(message, ['string']),
          )
        : []),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression: value }, i) =>
      complaint(
        `spec.auditAnnotations[${i}].valueExpression`,
        value,
        expressions.compile(value, ['string', 'null_type']),
      ),
    ),
  ];
}

function mutatingErrors({ spec = {} }: DeepReadonly<MutatingAdmissionPolicy>): FieldError[] {
  const { paramKind, variables, matchConditions, mutations = [] } = spec;
  const expressions = new Expressions({
    hasParams: paramKind !== undefined,
    patches: patchTexts(mutations),
    ...(variables && { variables }),
  });
  return [
    ...conditionErrors('spec.matchConditions', expressions, matchConditions),
    ...variableErrors(expressions, variables),
    ...mutations.flatMap((mutation, i) => {
      const field = mutation.applyConfiguration ? 'applyConfiguration' : 'jsonPatch';
      const text = mutation[field]?.expression ?? '';
      return complaint(
        `spec.mutations[${i}].${field}.expression`,
        text,
        expressions.compile(text, patchResult(mutation.patchType)),
      );
    }),
  ];
}
