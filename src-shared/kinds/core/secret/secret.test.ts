import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, updateErrors } from '../../testing.ts';
import type { Secret } from '../../wire.ts';
import { secretKind } from './kind.ts';

const metadata = { name: 'a', namespace: 'default' };

describe('a secret', () => {
  it('is opaque and encoded', () => {
    const example: Secret = { metadata, data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'new', c: 'ü' } };
    expect(defaulted(secretKind, example)).toEqual({
      metadata,
      type: 'Opaque',
      data: { a: 'bmV3', b: 'Yg==', c: 'w7w=' },
    });
  });

  it.each<[string, Secret, string[]]>([
    [
      'keys that are none',
      { data: { 'a b': '' } },
      [
        "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      'no certificate',
      { type: 'kubernetes.io/tls', data: { 'tls.key': '' } },
      ['data[tls.crt]: Required value'],
    ],
    ['no key', { type: 'kubernetes.io/ssh-auth' }, ['data[ssh-privatekey]: Required value']],
    [
      'neither user nor password',
      { type: 'kubernetes.io/basic-auth' },
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    [
      'a configuration that is no JSON',
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'secret' } },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be valid JSON'],
    ],
    [
      'no account',
      { type: 'kubernetes.io/service-account-token' },
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    [
      'too much in it',
      { stringData: { a: 'x'.repeat(2 ** 20 + 1) } },
      ['data: Too long: may not be more than 1048576 bytes'],
    ],
  ])('with %s is refused', (_title, secret, expected) => {
    expect(createErrors(secretKind, { metadata, ...secret })).toEqual(expected);
  });

  it('never changes its type', () => {
    expect(updateErrors<Secret>(secretKind, { type: 'b' }, { type: 'a' })).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });

  it('never changes once immutable', () => {
    const old: Secret = { immutable: true, data: { a: 'YQ==' } };
    expect(updateErrors<Secret>(secretKind, { data: { a: 'Yg==' } }, old)).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    expect(updateErrors<Secret>(secretKind, old, old)).toEqual([]);
  });
});
