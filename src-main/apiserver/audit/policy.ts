import { isDnsSubdomain } from '@shared/api/names.ts';
import { AppError } from '@shared/lib/app-error.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import type { Attributes } from '../auth/authorizer.ts';

export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

interface GroupResources {
  readonly group: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

/** A rule of a policy. An empty list asks for nothing. */
interface PolicyRule {
  readonly level: Level;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly omit: Omissions;
}

interface Omissions {
  readonly stages: ReadonlySet<Stage>;
  readonly managedFields: boolean;
}

/** What to log of a request. */
export interface Verdict extends Omissions {
  readonly level: Exclude<Level, 'None'>;
}

/** An `audit.k8s.io/v1` Policy: the first rule that fits a request decides; none: nothing is logged. */
export class AuditPolicy {
  readonly #rules: readonly PolicyRule[];

  constructor(rules: readonly PolicyRule[]) {
    this.#rules = rules;
  }

  verdict(attributes: Attributes): Verdict | undefined {
    const rule = this.#rules.find((candidate) => matches(candidate, attributes));
    return rule && rule.level !== 'None' ? { ...rule.omit, level: rule.level } : undefined;
  }
}

function matches(rule: PolicyRule, attributes: Attributes): boolean {
  const { user, verb } = attributes;
  if (rule.users.length > 0 && !rule.users.includes(user.name)) return false;
  if (rule.userGroups.length > 0 && !user.groups.some((group) => rule.userGroups.includes(group)))
    return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0) return matchesResource(rule, attributes);
  if (rule.nonResourceURLs.length === 0) return true;
  return !attributes.resourceRequest && rule.nonResourceURLs.some((url) => matchesPath(url, attributes.path));
}

function matchesPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

function matchesResource({ namespaces, resources }: PolicyRule, attributes: Attributes): boolean {
  const { resourceRequest, namespace, group, resource, subresource, name } = attributes;
  if (!resourceRequest || (namespaces.length > 0 && !namespaces.includes(namespace))) return false;
  if (resources.length === 0) return true;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some((wanted) => {
    if (wanted.group !== group && wanted.group !== '*') return false;
    if (wanted.resources.length === 0) return true;
    if (wanted.resourceNames.length > 0 && !wanted.resourceNames.includes(name)) return false;
    return wanted.resources.some(
      (text) =>
        text === '*' ||
        text === whole ||
        text === `${resource}/*` ||
        (subresource !== '' && text === `*/${subresource}`),
    );
  });
}

/**
 * Reads the text of a policy. AppError InvalidArgument names every mistake in it; `path` is named in the error.
 * Source: Kubernetes, "Auditing", and the reference of `audit.k8s.io/v1`.
 */
export async function parseAuditPolicy(text: string, path: string): Promise<AuditPolicy> {
  const mistakes: string[] = [];
  let policy: unknown;
  try {
    const { parse } = await import('yaml');
    policy = parse(text);
  } catch (cause) {
    mistakes.push(`not YAML: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const rules = mistakes.length > 0 ? [] : new PolicyReader(mistakes).read(policy);
  if (mistakes.length === 0) return new AuditPolicy(rules);
  throw new AppError({
    code: 'InvalidArgument',
    message: `${path}: ${mistakes.join('; ')}.`,
    remedy: 'Correct the file, or remove it to do without an audit log; then start the cluster again.',
  });
}

const policyFields = new Set(['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields']);
const ruleFields = new Set([
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
]);
const resourceFields = new Set(['group', 'resources', 'resourceNames']);

/** Parses a policy, gathering what is wrong in `mistakes`. */
class PolicyReader {
  readonly #mistakes: string[];

  constructor(mistakes: string[]) {
    this.#mistakes = mistakes;
  }

  read(policy: unknown): PolicyRule[] {
    if (!isJsonObject(policy) || policy.kind !== 'Policy' || policy.apiVersion !== 'audit.k8s.io/v1') {
      this.#mistakes.push('apiVersion must be audit.k8s.io/v1 and kind Policy');
      return [];
    }
    this.#checkFields(policy, policyFields, '');
    const common = this.#stages(policy.omitStages, 'omitStages');
    const managedFields = this.#flag(policy.omitManagedFields, 'omitManagedFields') ?? false;
    if (!Array.isArray(policy.rules) || policy.rules.length === 0) {
      this.#mistakes.push('rules must be a list of at least one rule');
      return [];
    }
    return policy.rules.map((rule: unknown, index) =>
      this.#rule(rule, `rules[${index}]`, { stages: new Set(common), managedFields }),
    );
  }

  #rule(value: unknown, at: string, common: Omissions): PolicyRule {
    const rule = isJsonObject(value) ? value : {};
    if (!isJsonObject(value)) this.#mistakes.push(`${at} must be a mapping`);
    this.#checkFields(rule, ruleFields, `${at}.`);
    const level = levels.find((known) => known === rule.level);
    if (!level) this.#mistakes.push(`${at}.level must be one of ${levels.join(', ')}`);
    const omitted = this.#stages(rule.omitStages, `${at}.omitStages`);
    const managedFields = this.#flag(rule.omitManagedFields, `${at}.omitManagedFields`);
    const read = {
      level: level ?? 'None',
      users: this.#strings(rule.users, `${at}.users`),
      userGroups: this.#strings(rule.userGroups, `${at}.userGroups`),
      verbs: this.#strings(rule.verbs, `${at}.verbs`),
      namespaces: this.#strings(rule.namespaces, `${at}.namespaces`),
      nonResourceURLs: this.#urls(rule.nonResourceURLs, `${at}.nonResourceURLs`),
      resources: this.#list(rule.resources, `${at}.resources`).map((item, index) =>
        this.#resources(item, `${at}.resources[${index}]`),
      ),
      omit: {
        stages: new Set([...common.stages, ...omitted]),
        managedFields: managedFields ?? common.managedFields,
      },
    };
    if (read.nonResourceURLs.length > 0 && (read.resources.length > 0 || read.namespaces.length > 0)) {
      this.#mistakes.push(`${at}: rules cannot apply to both regular resources and non-resource URLs`);
    }
    return read;
  }

  #resources(value: unknown, at: string): GroupResources {
    const item = isJsonObject(value) ? value : {};
    if (!isJsonObject(value)) this.#mistakes.push(`${at} must be a mapping`);
    this.#checkFields(item, resourceFields, `${at}.`);
    const { group = '' } = item;
    if (typeof group !== 'string' || (group !== '' && group !== '*' && !isDnsSubdomain(group))) {
      this.#mistakes.push(`${at}.group must be the name of an API group, without a version`);
    }
    const resources = this.#strings(item.resources, `${at}.resources`);
    const resourceNames = this.#strings(item.resourceNames, `${at}.resourceNames`);
    if (resourceNames.length > 0 && resources.length === 0) {
      this.#mistakes.push(`${at}.resourceNames: using resourceNames requires at least one resource`);
    }
    return { group: String(group), resources, resourceNames };
  }

  #urls(value: unknown, at: string): string[] {
    const urls = this.#strings(value, at);
    for (const [index, url] of urls.entries()) {
      if (url === '*') continue;
      if (!url.startsWith('/')) this.#mistakes.push(`${at}[${index}] must begin with a '/' character`);
      if (url.slice(0, -1).includes('*')) {
        this.#mistakes.push(`${at}[${index}]: the wildcard '*' must be the final character`);
      }
    }
    return urls;
  }

  #stages(value: unknown, at: string): Stage[] {
    return this.#strings(value, at).flatMap((text) => {
      const stage = stages.find((known) => known === text);
      if (!stage) this.#mistakes.push(`${at}: ${JSON.stringify(text)} is none of ${stages.join(', ')}`);
      return stage ? [stage] : [];
    });
  }

  #flag(value: unknown, at: string): boolean | undefined {
    if (typeof value === 'boolean' || value === undefined) return value;
    this.#mistakes.push(`${at} must be true or false`);
    return undefined;
  }

  #strings(value: unknown, at: string): string[] {
    const list = this.#list(value, at);
    if (list.every((item) => typeof item === 'string')) return list;
    this.#mistakes.push(`${at} must be a list of strings`);
    return [];
  }

  #list(value: unknown, at: string): unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.#mistakes.push(`${at} must be a list`);
    return [];
  }

  #checkFields(object: object, known: ReadonlySet<string>, at: string): void {
    for (const name of Object.keys(object)) {
      if (!known.has(name)) this.#mistakes.push(`unknown field ${at}${name}`);
    }
  }
}
