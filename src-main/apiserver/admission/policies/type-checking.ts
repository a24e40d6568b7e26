import type { Environment } from '@marcbachmann/cel-js';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { ValidatingAdmissionPolicy } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { resolve } from '@shared/schema/registry.ts';
import type { Schema, Schemas } from '@shared/schema/schema.ts';
import { createCelEnvironment } from '../../cel/cel.ts';
import { registerObjectEquality } from '../../cel/equality.ts';
import { escapedName } from '../../cel/schema-types.ts';
import type { ServerContext } from '../../context.ts';
import { Expressions } from '../matching/expressions.ts';
import { declareVariableTypes, namespaceType, requestType } from '../matching/variable-types.ts';
import { kindOf } from './params.ts';

type Policy = DeepReadonly<ValidatingAdmissionPolicy>;
type Rule = NonNullable<
  NonNullable<NonNullable<Policy['spec']>['matchConstraints']>['resourceRules']
>[number];

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

const maxKinds = 10;

/**
 * What is wrong with a policy's validations for the kinds it names: fields they do not have, values of another type.
 * Nothing of it keeps the policy from working. Source: apiserver, `TypeChecker`.
 */
export function typeCheck(
  server: Pick<ServerContext, 'kinds' | 'schemas'>,
  policy: Policy,
): ExpressionWarning[] {
  const { paramKind, variables, validations = [], matchConstraints } = policy.spec ?? {};
  const params = paramKind && kindOf(server, paramKind);
  const checkers = kindsNamed(server, matchConstraints?.resourceRules ?? []).map((kind) => {
    const environment = typedEnvironment(server.schemas, kind, {
      hasParams: paramKind !== undefined,
      params,
    });
    const options = { hasParams: paramKind !== undefined, ...(variables && { variables }) };
    return { kind, expressions: new Expressions(options, environment) };
  });
  const check = (fieldRef: string, text: string | undefined): ExpressionWarning[] => {
    if (!text) return [];
    const warnings = checkers.flatMap(({ kind, expressions }) => {
      const compiled = expressions.compile(text);
      if (compiled.type === 'expression') return [];
      return [`${nameOf(kind)}: ${compiled.message.replace(/^compilation failed: /, '')}\n`];
    });
    return warnings.length > 0 ? [{ fieldRef, warning: warnings.join('\n') }] : [];
  };
  return validations.flatMap(({ expression, messageExpression }, i) => [
    ...check(`spec.validations[${i}].expression`, expression),
    ...check(`spec.validations[${i}].messageExpression`, messageExpression),
  ]);
}

function nameOf({ group, version, kind }: AnyKind): string {
  return `${group === '' ? '' : `${group}/`}${version}, Kind=${kind}`;
}

/** The kinds rules name outright; those with wildcards name none. */
function kindsNamed({ kinds }: Pick<ServerContext, 'kinds'>, rules: readonly Rule[]): readonly AnyKind[] {
  const found = new Set<AnyKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((one) => one.includes('*'))) continue;
    const plain = resources.filter((one) => !/[*/]/.test(one));
    for (const kind of kinds.all)
      if (
        apiGroups.includes(kind.group) &&
        apiVersions.includes(kind.version) &&
        plain.includes(kind.plural) &&
        found.size < maxKinds
      )
        found.add(kind);
  }
  return [...found].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function typedEnvironment(
  schemas: Schemas,
  kind: AnyKind,
  { hasParams, params }: { readonly hasParams: boolean; readonly params: AnyKind | undefined },
): Environment {
  const types = new Map<string, string>();
  const variables: Record<string, string> = {
    request: requestType,
    namespaceObject: namespaceType,
  };
  return createCelEnvironment(variables, (environment) => {
    declareVariableTypes(environment);
    const declare = new TypeDeclarations(environment, schemas, types);
    const object = declare.typeOf({ type: 'object', ref: kind.schema });
    environment.registerVariable('object', object);
    environment.registerVariable('oldObject', object);
    if (hasParams)
      environment.registerVariable(
        'params',
        params ? declare.typeOf({ type: 'object', ref: params.schema }) : 'dyn',
      );
  });
}

/** Declares the types of compiled schemas in one environment, for checking alone: there are no values of them. */
class TypeDeclarations {
  readonly #environment: Environment;
  readonly #schemas: Schemas;
  /** CEL's name for each type of the API that has fields. */
  readonly #names: Map<string, string>;
  #count = 0;

  constructor(environment: Environment, schemas: Schemas, names: Map<string, string>) {
    this.#environment = environment;
    this.#schemas = schemas;
    this.#names = names;
  }

  typeOf(schema: Schema): string {
    if (schema.ref !== undefined) {
      const known = this.#names.get(schema.ref);
      if (known !== undefined) return known;
      const target = resolve(this.#schemas, schema);
      return target ? this.#declared(target, schema.ref) : 'dyn';
    }
    return this.#declared(schema, undefined);
  }

  #declared(schema: Schema, ref: string | undefined): string {
    switch (schema.type) {
      case 'string':
        return stringType(schema.format);
      case 'integer':
        return 'int';
      case 'number':
        return 'double';
      case 'boolean':
        return 'bool';
      case 'array':
        return schema.items ? `list<${this.typeOf(schema.items)}>` : 'list';
      case 'object':
        return this.#object(schema, ref);
      default:
        return 'dyn';
    }
  }

  #object(schema: Schema, ref: string | undefined): string {
    if (schema.additionalProperties && !schema.properties)
      return `map<string, ${this.typeOf(schema.additionalProperties)}>`;
    if (!schema.properties || schema.preserveUnknownFields) return 'dyn';
    const name = `kubernetes.object${++this.#count}`;
    // Before its fields: types refer to each other in circles.
    if (ref !== undefined) this.#names.set(ref, name);
    const fields: Record<string, string> = {};
    for (const [key, property] of Object.entries(schema.properties)) {
      const escaped = escapedName(key);
      if (escaped !== undefined) fields[escaped] = this.typeOf(property);
    }
    this.#environment.registerType(name, { ctor: class {}, fields });
    registerObjectEquality(this.#environment, name);
    return name;
  }
}

function stringType(format: string | undefined): string {
  if (format === 'date-time' || format === 'micro-time') return 'google.protobuf.Timestamp';
  return format === 'byte' ? 'bytes' : 'string';
}
