import { type JsonSchema, propertiesOf, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { escapedName } from '../cel/schema-types.ts';

/** Kubernetes' limits on what rules may cost at most, as estimated when they are defined. */
export const perRuleEstimateLimit = 10_000_000;
export const perSchemaEstimateLimit = 100_000_000;

/** What a list without a limit is taken to hold: what fits in a request of 3 MB, each item of a few bytes. */
const unlimited = 400_000;

const loops = /\.(?:all|exists|exists_one|existsOne|map|filter|transformList|transformMap)\(/g;

/**
 * What one run of a rule costs at most. A rough upper bound: loops that stand in one another multiply by the longest
 * list the rule names.
 */
export function estimatedCost(rule: string, schema: JsonSchema): number {
  const names = new Set(rule.match(/[A-Za-z_]\w*/g));
  const list = Math.max(sizeOf(schema), ...longestNamed(schema, names));
  return list ** loopDepth(rule) * Math.max(1, (rule.match(loops) ?? []).length) + rule.length / 10;
}

/** How many loops stand in one another, at most. */
function loopDepth(rule: string): number {
  let deepest = 0;
  const open: boolean[] = [];
  for (let i = 0; i < rule.length; i++) {
    if (rule[i] === '(') {
      open.push(
        /\.(?:all|exists|exists_one|existsOne|map|filter|transformList|transformMap)$/.test(rule.slice(0, i)),
      );
      deepest = Math.max(deepest, open.filter(Boolean).length);
    } else if (rule[i] === ')') open.pop();
  }
  return deepest;
}

/** How many members a value has at most; 1 for what is no list or map. */
function sizeOf(schema: JsonSchema): number {
  if (schema.type === 'array') return schema.maxItems ?? unlimited;
  return valuesOf(schema) ? (schema.maxProperties ?? unlimited) : 1;
}

function longestNamed(schema: JsonSchema, names: ReadonlySet<string>): readonly number[] {
  const inner = [schema.items, valuesOf(schema)].flatMap((part) => (part ? longestNamed(part, names) : []));
  const named = propertiesOf(schema).flatMap(([key, part]) => {
    const isNamed = names.has(escapedName(key) ?? '');
    const own = isNamed ? [sizeOf(part), ...(part.items ? [sizeOf(part.items)] : [])] : [];
    return [...own, ...longestNamed(part, names)];
  });
  return [...inner, ...named];
}
