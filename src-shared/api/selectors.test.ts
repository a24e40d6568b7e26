import { describe, expect, it } from 'vitest';
import {
  formatFieldSelector,
  formatLabelSelector,
  formatRequirements,
  labelMatcherOf,
  labelMatcherOfMap,
  parseFieldSelector,
  parseLabelSelector,
} from './selectors.ts';
import { ApiError } from './status.ts';

const labels = { environment: 'production', tier: 'frontend', size: '3', empty: '' };

describe('parseLabelSelector', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['environment=production,tier=frontend', true],
    ['environment==production', true],
    ['environment = production , tier != backend', true],
    ['environment in (production,qa),tier in (frontend)', true],
    ['environment in (production, qa)', true],
    ['environment notin (frontend)', true],
    ['tier notin (frontend, backend)', false],
    ['partition notin (a)', true],
    ['partition != a', true],
    ['partition', false],
    ['!partition', true],
    ['! partition', true],
    ['environment,environment notin (qa)', true],
    ['!environment', false],
    ['size>2,size<4', true],
    ['size>3', false],
    ['environment>3', false],
    ['empty=', true],
    ['empty in ()', true],
    ['empty', true],
    ['constructor', false],
    ['in=in', false],
  ])('%j fits: %s', (text, fits) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(fits);
  });

  it('fits objects without labels only where nothing is asked of them', () => {
    expect(parseLabelSelector('').isEverything).toBe(true);
    expect(parseLabelSelector('').matches(undefined)).toBe(true);
    expect(parseLabelSelector('!a').matches(undefined)).toBe(true);
    expect(parseLabelSelector('a').matches(undefined)).toBe(false);
  });

  it.each<[string, string]>([
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    [
      'a>b',
      `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
  ])('refuses %j with Kubernetes’ words', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(ApiError);
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it('refuses keys and values that no label can have', () => {
    expect(() => parseLabelSelector('a/b/c=d')).toThrow(
      /^unable to parse requirement: key: Invalid value: "a\/b\/c": a valid label key/,
    );
    expect(() => parseLabelSelector(`a=${'x'.repeat(64)}`)).toThrow(
      /values\[0\]\[a\]: Invalid value: "x+": must be no more than 63 bytes/,
    );
  });

  it('gives back its text', () => {
    const text = '!gone,a=b,c!=d,here,size>2,tier in (x,y),zone notin (z)';
    expect(formatRequirements(parseLabelSelector(text).requirements)).toBe(
      'a=b,c!=d,!gone,here,size>2,tier in (x,y),zone notin (z)',
    );
  });
});

describe('labelMatcherOf', () => {
  it('fits nothing without a selector and everything with an empty one', () => {
    expect(labelMatcherOf(undefined).matches({})).toBe(false);
    expect(labelMatcherOf({}).matches({})).toBe(true);
    expect(labelMatcherOf({}).isEverything).toBe(true);
    expect(labelMatcherOfMap({}).matches({})).toBe(false);
    expect(labelMatcherOfMap({ tier: 'frontend' }).matches(labels)).toBe(true);
  });

  it('wants all labels and all expressions', () => {
    const selector = {
      matchLabels: { tier: 'frontend' },
      matchExpressions: [
        { key: 'environment', operator: 'In', values: ['production', 'qa'] },
        { key: 'old', operator: 'DoesNotExist' },
        { key: 'size', operator: 'Exists' },
        { key: 'tier', operator: 'NotIn', values: ['backend'] },
      ],
    };
    expect(labelMatcherOf(selector).matches(labels)).toBe(true);
    expect(labelMatcherOf(selector).matches({ ...labels, old: '' })).toBe(false);
    expect(formatLabelSelector(selector)).toBe(
      'environment in (production,qa),!old,size,tier=frontend,tier notin (backend)',
    );
    expect(formatLabelSelector({})).toBe('<none>');
  });

  it('refuses unknown operators', () => {
    expect(() => labelMatcherOf({ matchExpressions: [{ key: 'a', operator: 'constructor' }] })).toThrow(
      '"constructor" is not a valid label selector operator',
    );
  });
});

describe('parseFieldSelector', () => {
  it('reads terms', () => {
    expect(parseFieldSelector('metadata.name=a,status.phase!=Running,spec.nodeName==n,')).toEqual([
      { field: 'metadata.name', operator: '=', value: 'a' },
      { field: 'status.phase', operator: '!=', value: 'Running' },
      { field: 'spec.nodeName', operator: '=', value: 'n' },
    ]);
    expect(parseFieldSelector('')).toEqual([]);
    expect(parseFieldSelector('spec.nodeName=')).toEqual([
      { field: 'spec.nodeName', operator: '=', value: '' },
    ]);
  });

  it('knows escapes, and writes them', () => {
    const terms = [{ field: 'a', operator: '=', value: 'x,y=z\\' }] as const;
    expect(formatFieldSelector(terms)).toBe('a=x\\,y\\=z\\\\');
    expect(parseFieldSelector(formatFieldSelector(terms))).toEqual(terms);
  });

  it.each<[string, string]>([
    ['name', "invalid selector: 'name'; can't understand 'name'"],
    ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ])('refuses %j', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });
});
