import { invalid } from './field-errors.ts';
import { labelValueErrors, qualifiedNameErrors } from './names.ts';
import type { LabelOperator, LabelRequirement } from './selectors.ts';
import { ApiError, type FieldError } from './status.ts';

const binaryOperators: Readonly<Record<string, LabelOperator>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  in: 'in',
  notin: 'notin',
  '>': 'gt',
  '<': 'lt',
};
/** The order Kubernetes names them in when none was found. */
const binaryOperatorNames = 'in, notin, =, ==, !=, gt, lt';

/** A token is a word (key or value; `in` and `notin` are words too), a symbol, or '' at the end. */
function tokenize(text: string): string[] {
  return text.match(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
}

function isWord(token: string): boolean {
  return token !== '' && !/^[=!(),<>]/.test(token);
}

/** Recursive descent over the grammar of label selectors. Use once. */
export class LabelSelectorParser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  /** Requirements sorted by key. Throws ApiError BadRequest with Kubernetes' words. */
  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    while (this.#peek() !== '') {
      if (!isWord(this.#peek()) && this.#peek() !== '!') {
        fail(`found '${this.#peek()}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator === '') break;
      if (separator !== ',') fail(`found '${separator}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (!isWord(following) && following !== '!')
        fail(`found '${following}', expected: identifier after ','`);
    }
    return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  #peek(): string {
    return this.#tokens[this.#next] ?? '';
  }

  #take(): string {
    return this.#tokens[this.#next++] ?? '';
  }

  #requirement(): LabelRequirement {
    const negated = this.#peek() === '!';
    if (negated) this.#take();
    const key = this.#take();
    if (!isWord(key)) failRequirement(`found '${key}', expected: identifier`);
    if (negated) return checked({ key, operator: '!', values: [] });
    const following = this.#peek();
    if (following === '' || following === ',') return checked({ key, operator: 'exists', values: [] });
    const operator = Object.hasOwn(binaryOperators, following) ? binaryOperators[following] : undefined;
    if (!operator) return failRequirement(`found '${following}', expected: ${binaryOperatorNames}`);
    this.#take();
    const values = operator === 'in' || operator === 'notin' ? this.#valueList() : [this.#value()];
    return checked({ key, operator, values });
  }

  /** One value; nothing at all (before a comma or the end) is the empty value. */
  #value(): string {
    const token = this.#peek();
    if (token === '' || token === ',') return '';
    if (!isWord(token)) failRequirement(`found '${token}', expected: identifier`);
    return this.#take();
  }

  #valueList(): string[] {
    if (this.#peek() !== '(') failRequirement(`found '${this.#peek()}' expected: '('`);
    this.#take();
    const values = new Set<string>();
    for (;;) {
      const token = this.#peek();
      if (token === ',' || token === ')') values.add('');
      else if (isWord(token)) values.add(this.#take());
      else failRequirement(`found '${token}', expected: ',', ')' or identifier`);
      const separator = this.#take();
      if (separator === ')') return [...values];
      if (separator !== ',') failRequirement(`found '${separator}', expected: ',' or ')'`);
    }
  }
}

function checked(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const errors: FieldError[] = qualifiedNameErrors(key).map((text) => invalid('key', key, text));
  for (const [index, value] of values.entries()) {
    if ((operator === 'gt' || operator === 'lt') && !/^[+-]?\d+$/.test(value)) {
      errors.push(
        invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"),
      );
    }
    errors.push(...labelValueErrors(value).map((text) => invalid(`values[${index}][${key}]`, value, text)));
  }
  if (errors.length === 0) return requirement;
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  return failRequirement(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
}

function failRequirement(message: string): never {
  return fail(`unable to parse requirement: ${message}`);
}

function fail(message: string): never {
  throw ApiError.of('BadRequest', message);
}
