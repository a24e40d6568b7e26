import type { LabelSelectorLike } from '@shared/api/selectors.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { matchingForm, type Rule } from '../matching/rules.ts';
import { compileSelectors, type Selectors, selectsSubject } from '../matching/selectors.ts';
import type { Form, Subject } from '../matching/subject.ts';

/** `matchConstraints` of a policy and `matchResources` of a binding. */
export interface MatchResources {
  readonly matchPolicy?: string;
  readonly resourceRules?: readonly Rule[];
  readonly excludeResourceRules?: readonly Rule[];
  readonly namespaceSelector?: DeepReadonly<LabelSelectorLike>;
  readonly objectSelector?: DeepReadonly<LabelSelectorLike>;
}

export interface PolicyMatch {
  readonly resources: MatchResources;
  readonly selectors: Selectors;
}

export function compileMatch(resources: DeepReadonly<MatchResources> = {}): PolicyMatch {
  return { resources, selectors: compileSelectors(resources) };
}

/** The form in which the request is wanted; undefined when it is not. Without rules everything is. */
export async function matchPolicy(
  { resources, selectors }: PolicyMatch,
  subject: Subject,
): Promise<Form | undefined> {
  const { matchPolicy: policy, resourceRules = [], excludeResourceRules = [] } = resources;
  const form = resourceRules.length === 0 ? subject.form : matchingForm(resourceRules, policy, subject);
  if (!form || matchingForm(excludeResourceRules, policy, subject)) return undefined;
  return (await selectsSubject(selectors, subject)) ? form : undefined;
}
