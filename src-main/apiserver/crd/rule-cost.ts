import { forbidden } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';

/** Kubernetes' limits on what rules may cost at most, as estimated when they are defined. */
const perRuleLimit = 10_000_000;
const perSchemaLimit = 100_000_000;
const mostExpensive = 4;

/** Adds up what the rules of a schema cost, each as often as its place occurs. Source: apiextensions, `TotalCost`. */
export class RuleCosts {
  readonly #costs: { readonly field: string; readonly cost: number }[] = [];

  /** `what` is named in the text: `estimated rule cost`. Yields the complaint about this expression alone. */
  add(field: string, cost: number, what: string): FieldError[] {
    this.#costs.push({ field, cost });
    return cost > perRuleLimit ? [forbidden(field, exceeds(what, cost / perRuleLimit))] : [];
  }

  /** Complaints about all of them together. */
  total(): FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (!(total > perSchemaLimit)) return [];
    const contributors = this.#costs
      .filter(({ cost }) => cost >= perSchemaLimit / 100)
      .sort((a, b) => b.cost - a.cost)
      .slice(0, mostExpensive);
    const text = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...contributors.map(({ field }) => forbidden(field, text)),
      forbidden('', exceeds(what, total / perSchemaLimit)),
    ];
  }
}

function exceeds(what: string, times: number): string {
  const factor = times > 100 ? 'more than 100x' : `${times.toFixed(times < 1.5 ? 6 : 1)}x`;
  return `${what} exceeds budget by factor of ${factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
