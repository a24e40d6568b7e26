import type { DraftObject } from '../../objects.ts';
import {
  aggregatedInto,
  aggregatedRoles,
  clusterRoleBindings,
  clusterRoles,
} from './default-cluster-roles.ts';
import { controllerRoles, namespacedBindings, namespacedRoles } from './default-controller-roles.ts';
import { type PolicyRule, rbacGroup, type Subject } from './rule.ts';

/** A role or binding as every cluster has it, without what the server adds. */
export interface DefaultObject {
  readonly plural: 'clusterroles' | 'clusterrolebindings' | 'roles' | 'rolebindings';
  readonly object: DraftObject;
}

const controllerPrefix = 'system:controller:';
/** `false` keeps a default role or binding as people made it. */
export const autoupdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate';

/** All default roles and bindings. Aggregated roles come with the rules they gather of the other defaults. */
export function defaultPolicy(): readonly DefaultObject[] {
  const result: DefaultObject[] = [];
  for (const [name, lines] of Object.entries(clusterRoles)) {
    const into = aggregatedInto[name];
    result.push(role('ClusterRole', { name, ...(into && { into }) }, lines.map(parseRule)));
  }
  for (const [name, { of, into }] of Object.entries(aggregatedRoles)) {
    const made = role('ClusterRole', { name, ...(into && { into }) }, gathered(of));
    made.object.aggregationRule = {
      clusterRoleSelectors: [{ matchLabels: { [aggregateLabel(of)]: 'true' } }],
    };
    result.push(made);
  }
  for (const [name, subjects] of Object.entries(clusterRoleBindings)) {
    result.push(binding({ name }, { kind: 'ClusterRole', name }, subjects));
  }
  for (const [controller, lines] of Object.entries(controllerRoles)) {
    const name = `${controllerPrefix}${controller}`;
    result.push(role('ClusterRole', { name }, lines.map(parseRule)));
    const account = [`account kube-system/${controller}`];
    result.push(binding({ name }, { kind: 'ClusterRole', name }, account));
  }
  for (const [place, lines] of Object.entries(namespacedRoles)) {
    result.push(role('Role', split(place), lines.map(parseRule)));
  }
  for (const [place, { role: name, subjects }] of Object.entries(namespacedBindings)) {
    result.push(binding(split(place), { kind: 'Role', name }, subjects));
  }
  return result;
}

/** What the aggregation controller will find for a default aggregated role: the same order, name by name. */
function gathered(target: string): PolicyRule[] {
  const lines = Object.entries(aggregatedInto).filter(([, into]) => into === target);
  const nested = Object.entries(aggregatedRoles).filter(([, { into }]) => into === target);
  const sources = [
    ...nested.map(([name, { of }]) => ({ name, rules: gathered(of) })),
    ...lines.map(([name]) => ({ name, rules: (clusterRoles[name] ?? []).map(parseRule) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  return distinct(sources.flatMap(({ rules }) => rules));
}

/** Rules in order, each once. */
function distinct(rules: readonly PolicyRule[]): PolicyRule[] {
  const seen = new Set<string>();
  return rules.filter((rule) => {
    const key = JSON.stringify(rule);
    return !seen.has(key) && seen.add(key);
  });
}

function aggregateLabel(target: string): string {
  return `rbac.authorization.k8s.io/aggregate-to-${target}`;
}

const abbreviations: Readonly<Record<string, readonly string[]>> = {
  R: ['get', 'list', 'watch'],
  W: ['create', 'delete', 'deletecollection', 'patch', 'update'],
};
const eventsRule: PolicyRule = {
  verbs: ['create', 'patch', 'update'],
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
};

/** Reads one line of the notation of default-cluster-roles.ts. */
export function parseRule(line: string): PolicyRule {
  if (line === 'E') return eventsRule;
  const [first = '', groups, resources, names] = line.split(' | ');
  if (groups === undefined || resources === undefined) {
    const [verb = '', ...nonResourceURLs] = first.split(' ');
    return { verbs: [verb], nonResourceURLs };
  }
  const verbs = first.split(' ').flatMap((word) => abbreviations[word] ?? [word]);
  return {
    verbs: verbs.sort(),
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(' '),
    ...(names !== undefined && { resourceNames: names.split(' ') }),
  };
}

interface Names {
  readonly name: string;
  readonly namespace?: string;
  /** Aggregated role that gathers this one. */
  readonly into?: string;
}

function split(place: string): { namespace: string; name: string } {
  const slash = place.indexOf('/');
  return { namespace: place.slice(0, slash), name: place.slice(slash + 1) };
}

function role(kind: 'Role' | 'ClusterRole', names: Names, rules: PolicyRule[]): DefaultObject {
  const object = { apiVersion: `${rbacGroup}/v1`, kind, metadata: metadata(names), rules };
  return { plural: kind === 'Role' ? 'roles' : 'clusterroles', object };
}

function binding(
  names: Names,
  role: { kind: string; name: string },
  subjects: readonly string[],
): DefaultObject {
  const kind = names.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const roleRef = { apiGroup: rbacGroup, ...role };
  const base = { apiVersion: `${rbacGroup}/v1`, kind, metadata: metadata(names), roleRef };
  const object = subjects.length === 0 ? base : { ...base, subjects: subjects.map(parseSubject) };
  return { plural: kind === 'RoleBinding' ? 'rolebindings' : 'clusterrolebindings', object };
}

function metadata({ name, namespace, into }: Names) {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      ...(into !== undefined && { [aggregateLabel(into)]: 'true' }),
    },
    annotations: { [autoupdateAnnotation]: 'true' },
  };
}

function parseSubject(text: string): Subject {
  const space = text.indexOf(' ');
  const name = text.slice(space + 1);
  if (text.startsWith('account ')) return { kind: 'ServiceAccount', ...split(name) };
  return { kind: text.startsWith('group ') ? 'Group' : 'User', apiGroup: rbacGroup, name };
}
