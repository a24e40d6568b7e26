import type { Environment } from '@marcbachmann/cel-js';
import { compilePattern } from '@shared/kinds/apiextensions/custom-resource-definition/schema-validation.ts';
import { charge } from './cost.ts';
import { register, registerLibrary } from './define.ts';

/** Strings beyond CEL's own, and `find`, `findAll`. https://pkg.go.dev/github.com/google/cel-go/ext#Strings */
export function stringFunctions(environment: Environment): void {
  registerLibrary(environment, 'strings', {
    'quote(string): string': (text: string) => JSON.stringify(text),
  });
  register(environment, {
    'string.charAt(int): string': (text: string, index: bigint) => charAt(text, Number(index)),
    'string.replace(string, string): string': (text: string, from: string, to: string) => {
      charge(text.length / 10);
      return text.replaceAll(from, () => to);
    },
    'string.replace(string, string, int): string': replaceSome,
    'string.reverse(): string': (text: string) => [...text].reverse().join(''),
    'string.find(string): string': (text: string, pattern: string) => {
      charge(text.length / 10);
      return regex(pattern, '').exec(text)?.[0] ?? '';
    },
    'string.findAll(string): list<string>': (text: string, pattern: string) => findAll(text, pattern, -1),
    'string.findAll(string, int): list<string>': (text: string, pattern: string, limit: bigint) =>
      findAll(text, pattern, Number(limit)),
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

const patterns = new Map<string, RegExp>();

function regex(pattern: string, flags: string): RegExp {
  const key = `${flags}/${pattern}`;
  let compiled = patterns.get(key);
  if (!compiled) {
    const plain = compilePattern(pattern);
    compiled = new RegExp(plain.source, plain.flags + flags);
    if (patterns.size > 1000) patterns.clear();
    patterns.set(key, compiled);
  }
  compiled.lastIndex = 0;
  return compiled;
}

function findAll(text: string, pattern: string, limit: number): string[] {
  charge(text.length / 10);
  const found = [...text.matchAll(regex(pattern, 'g'))].map(([match]) => match);
  return limit < 0 ? found : found.slice(0, limit);
}
