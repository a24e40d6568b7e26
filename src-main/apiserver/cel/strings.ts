import type { Environment } from '@marcbachmann/cel-js';
import { register, registerLibrary } from './define.ts';
import { ownLower, ownMatches, ownUpper } from './own-names.ts';
import { patternIn } from './regex.ts';

/** Strings beyond CEL's own, and `find`, `findAll`. https://pkg.go.dev/github.com/google/cel-go/ext#Strings */
export function stringFunctions(environment: Environment): void {
  registerLibrary(environment, 'strings', {
    'quote(string): string': (text: string) => JSON.stringify(text),
  });
  register(environment, {
    'string.charAt(int): string': (text: string, index: bigint) => charAt(text, Number(index)),
    'string.replace(string, string): string': (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    'string.replace(string, string, int): string': replaceSome,
    'string.reverse(): string': (text: string) => [...text].reverse().join(''),
    [`string.${ownMatches}(string): bool`]: (text: string, pattern: string) => patternIn(pattern).test(text),
    [`string.${ownLower}(): string`]: (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
    [`string.${ownUpper}(): string`]: (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
    'string.find(string): string': (text: string, pattern: string) =>
      patternIn(pattern).findAll(text, 1)[0] ?? '',
    'string.findAll(string): list<string>': (text: string, pattern: string) =>
      patternIn(pattern).findAll(text, -1),
    'string.findAll(string, int): list<string>': (text: string, pattern: string, limit: bigint) =>
      patternIn(pattern).findAll(text, Number(limit)),
    'string(google.protobuf.Timestamp): string': (time: Date) => time.toISOString().replace(/\.000Z$/, 'Z'),
    'string(google.protobuf.Duration): string': (duration: object) => String(duration),
    'int(google.protobuf.Timestamp): int': (time: Date) => BigInt(Math.floor(time.getTime() / 1000)),
    'timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp': (time: Date) => time,
    'duration(google.protobuf.Duration): google.protobuf.Duration': (duration: object) => duration,
  });
}

function charAt(text: string, index: number): string {
  const chars = [...text];
  if (index < 0 || index > chars.length) throw new Error(`index out of range: ${index}`);
  return chars[index] ?? '';
}

function replaceSome(text: string, from: string, to: string, count: bigint): string {
  if (count < 0n) return text.replaceAll(from, () => to);
  let result = text;
  let position = 0;
  for (let left = Number(count); left > 0; left--) {
    const at = result.indexOf(from, position);
    if (at < 0) break;
    result = result.slice(0, at) + to + result.slice(at + from.length);
    position = at + to.length + (from === '' ? 1 : 0);
  }
  return result;
}
