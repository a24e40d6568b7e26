import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { MatchCondition } from '../matching/conditions.ts';
import { Expressions } from '../matching/expressions.ts';
import { compileSelectors, type Selectors } from '../matching/selectors.ts';

type Webhook = DeepReadonly<
  NonNullable<MutatingWebhookConfiguration['webhooks']>[number] &
    Partial<NonNullable<ValidatingWebhookConfiguration['webhooks']>[number]>
>;

/** A webhook of a configuration, ready for use. */
export interface ConfiguredWebhook {
  readonly configuration: string;
  /** Which of its configuration it is: names may come twice. */
  readonly key: string;
  readonly webhook: Webhook;
  readonly selectors: Selectors;
  readonly conditions: readonly MatchCondition[];
}

/** The webhooks of one configuration, in their order. */
export function webhooksOf(
  configuration: DeepReadonly<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>,
): readonly ConfiguredWebhook[] {
  const name = configuration.metadata?.name ?? '';
  return ((configuration.webhooks ?? []) as readonly Webhook[]).map((webhook, index) => ({
    configuration: name,
    key: `${name}/${webhook.name}/${index}`,
    webhook,
    selectors: compileSelectors(webhook),
    conditions: conditionsOf(webhook),
  }));
}

/** What does not compile is refused when it is configured; here it is left out. */
function conditionsOf({ matchConditions = [] }: Webhook): readonly MatchCondition[] {
  if (matchConditions.length === 0) return [];
  const expressions = new Expressions({});
  return matchConditions.flatMap(({ name, expression }) => {
    const compiled = expressions.compile(expression, ['bool']);
    return compiled.type === 'expression' ? [{ name, expression: compiled.expression }] : [];
  });
}
