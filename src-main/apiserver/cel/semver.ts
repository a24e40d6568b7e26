import type { Environment } from '@marcbachmann/cel-js';
import { register, registerOpaque } from './define.ts';

const name = 'kubernetes.Semver';
const form =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

class Semver {
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly string[];
  readonly text: string;

  constructor(text: string, match: RegExpExecArray) {
    this.text = text;
    this.numbers = [1, 2, 3].map((i) => BigInt(match[i] ?? 0));
    this.prerelease = match[4] === undefined ? [] : match[4].split('.');
  }
}

/** `v1.2` becomes `1.2.0` where the caller is lenient. */
function normalized(text: string): string {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/.exec(text);
  if (!match) return text;
  const [, major = '0', minor = '0', patch = '0', rest = ''] = match;
  return `${BigInt(major)}.${BigInt(minor)}.${BigInt(patch)}${rest}`;
}

function parse(text: string, isLenient = false): Semver {
  const wanted = isLenient ? normalized(text) : text;
  const match = form.exec(wanted);
  if (!match) throw new Error(`${JSON.stringify(text)} is no semantic version`);
  return new Semver(wanted, match);
}

function compareParts(a: string, b: string): number {
  const numbers = /^\d+$/;
  if (numbers.test(a) && numbers.test(b)) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (numbers.test(a) !== numbers.test(b)) return numbers.test(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** https://semver.org/#spec-item-11 */
function compare(a: Semver, b: Semver): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length > 0 ? 1 : a.prerelease.length > 0 ? -1 : 0;
  for (const [i, part] of a.prerelease.entries()) {
    const other = b.prerelease[i];
    if (other === undefined) return 1;
    const result = compareParts(part, other);
    if (result !== 0) return result;
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0;
}

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library */
export function semverFunctions(environment: Environment): void {
  registerOpaque(environment, name, Semver);
  register(environment, {
    [`semver(string): ${name}`]: (text: string) => parse(text),
    [`semver(string, bool): ${name}`]: parse,
    'isSemver(string): bool': (text: string) => form.test(text),
    'isSemver(string, bool): bool': (text: string, isLenient: boolean) =>
      form.test(isLenient ? normalized(text) : text),
    [`${name}.major(): int`]: ({ numbers }: Semver) => numbers[0],
    [`${name}.minor(): int`]: ({ numbers }: Semver) => numbers[1],
    [`${name}.patch(): int`]: ({ numbers }: Semver) => numbers[2],
    [`${name}.isGreaterThan(${name}): bool`]: (a: Semver, b: Semver) => compare(a, b) > 0,
    [`${name}.isLessThan(${name}): bool`]: (a: Semver, b: Semver) => compare(a, b) < 0,
    [`${name}.compareTo(${name}): int`]: (a: Semver, b: Semver) => BigInt(compare(a, b)),
  });
  environment.registerOperator(`${name} == ${name}`, (a: Semver, b: Semver) => compare(a, b) === 0);
}
