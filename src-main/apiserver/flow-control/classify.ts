import type { FlowSchema } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Attributes } from '../auth/authorizer.ts';
import type { UserInfo } from '../request.ts';

type Rule = NonNullable<NonNullable<DeepReadonly<FlowSchema>['spec']>['rules']>[number];
type ResourceRule = NonNullable<Rule['resourceRules']>[number];
type NonResourceRule = NonNullable<Rule['nonResourceRules']>[number];

/** A flow schema, ready to be asked. */
export interface CompiledSchema {
  readonly name: string;
  readonly uid: string;
  readonly precedence: number;
  readonly level: string;
  readonly distinguisher: 'ByUser' | 'ByNamespace' | undefined;
  readonly rules: readonly Rule[];
}

export function compileSchema({ metadata, spec }: DeepReadonly<FlowSchema>): CompiledSchema {
  const method = spec?.distinguisherMethod?.type;
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    precedence: spec?.matchingPrecedence ?? 1000,
    level: spec?.priorityLevelConfiguration?.name ?? '',
    distinguisher: method === 'ByUser' || method === 'ByNamespace' ? method : undefined,
    rules: spec?.rules ?? [],
  };
}

/** In the order in which they are asked: by precedence, then by name. */
export function inOrder(schemas: readonly CompiledSchema[]): CompiledSchema[] {
  return [...schemas].sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
}

/** Whether a request belongs to a flow schema. */
export function matches({ rules }: CompiledSchema, attributes: Attributes): boolean {
  return rules.some(
    (rule) =>
      rule.subjects.some((subject) => matchesSubject(subject, attributes.user)) &&
      (attributes.resourceRequest
        ? (rule.resourceRules ?? []).some((resources) => matchesResource(resources, attributes))
        : (rule.nonResourceRules ?? []).some((paths) => matchesPath(paths, attributes))),
  );
}

function matchesSubject(subject: Rule['subjects'][number], user: UserInfo): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === '*' || subject.user?.name === user.name;
    case 'Group':
      return subject.group?.name === '*' || user.groups.includes(subject.group?.name ?? '');
    case 'ServiceAccount': {
      const { namespace = '', name = '' } = subject.serviceAccount ?? {};
      const prefix = `system:serviceaccount:${namespace}:`;
      return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name;
    }
    default:
      return false;
  }
}

function matchesResource(rule: ResourceRule, attributes: Attributes): boolean {
  const { verb, group, resource, subresource, namespace } = attributes;
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    has(rule.resources, subresource === '' ? resource : `${resource}/${subresource}`) &&
    (namespace === '' ? rule.clusterScope === true : has(rule.namespaces ?? [], namespace))
  );
}

function matchesPath(rule: NonResourceRule, { verb, path }: Attributes): boolean {
  return (
    has(rule.verbs, verb) &&
    rule.nonResourceURLs.some(
      (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
    )
  );
}

function has(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}
