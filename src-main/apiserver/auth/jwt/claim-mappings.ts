import { isDnsSubdomain } from '@shared/api/names.ts';
import type { Json } from '@shared/lib/types.ts';
import { CelError } from '../../cel/cel.ts';
import type { ConfigReader } from '../config-reader.ts';
import { claimsValue, compileExpression, type TokenExpression, userValue } from './claim-expressions.ts';
import { type Claims, credentialOf, type JwtSettings, mayNameByMail, textsOf } from './jwt-settings.ts';

/** What of a user is made of a token. Undefined: the token is refused. */
type Mapping<T> = (claims: Claims, value: unknown) => T | undefined;

interface Mappings {
  readonly rules: readonly Mapping<true>[];
  readonly name: Mapping<string>;
  readonly groups: Mapping<readonly string[]>;
  readonly uid: Mapping<string>;
  readonly extra: readonly (readonly [string, Mapping<readonly string[]>])[];
  readonly users: readonly TokenExpression[];
}

/** Reads `claimValidationRules`, `claimMappings` and `userValidationRules` of a JWT authenticator. */
export function readUserOf(
  reader: ConfigReader,
  authenticator: Readonly<Record<string, unknown>>,
  at: string,
): JwtSettings['userOf'] {
  const fields = ['username', 'groups', 'uid', 'extra'];
  const place = `${at}.claimMappings`;
  const mappings = reader.object(authenticator.claimMappings, place, fields);
  const parts: Mappings = {
    rules: reader
      .list(authenticator.claimValidationRules, `${at}.claimValidationRules`)
      .map((rule, i) => readRule(reader, rule, `${at}.claimValidationRules[${i}]`)),
    name: readName(reader, mappings.username, `${place}.username`),
    groups: readGroups(reader, mappings.groups, `${place}.groups`),
    uid: readUid(reader, mappings.uid, `${place}.uid`),
    extra: reader
      .list(mappings.extra, `${place}.extra`)
      .map((item, i) => readExtra(reader, item, `${place}.extra[${i}]`)),
    users: reader
      .list(authenticator.userValidationRules, `${at}.userValidationRules`)
      .flatMap((rule, i) => readUserRule(reader, rule, `${at}.userValidationRules[${i}]`) ?? []),
  };
  checkMail(reader, authenticator, place);
  const keys = parts.extra.map(([key]) => key);
  for (const key of new Set(keys.filter((one, i) => keys.indexOf(one) !== i)))
    reader.refuse(`${place}.extra`, `Duplicate value: ${JSON.stringify(key)}`);
  return (claims) => {
    try {
      return userOf(parts, claims);
    } catch (error) {
      if (error instanceof CelError) return undefined; // a claim it needs is not there, or something else
      throw error;
    }
  };
}

/** Addresses that nobody verified are anybody's: an expression that names users by them must not stand alone. */
function checkMail(
  reader: ConfigReader,
  { claimMappings, claimValidationRules }: Readonly<Record<string, unknown>>,
  at: string,
): void {
  const { username, extra } = (claimMappings ?? {}) as {
    username?: { expression?: unknown };
    extra?: unknown;
  };
  if (!/\bclaims\s*\.\s*\??\s*email\b/.test(String(username?.expression ?? ''))) return;
  if (/\bemail_verified\b/.test(JSON.stringify([username, extra, claimValidationRules]))) return;
  reader.refuse(
    `${at}.username.expression`,
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
  );
}

function userOf(parts: Mappings, claims: Claims): ReturnType<JwtSettings['userOf']> {
  const value = claimsValue(claims);
  if (!parts.rules.every((rule) => rule(claims, value))) return undefined;
  const name = parts.name(claims, value);
  const groups = parts.groups(claims, value);
  const uid = parts.uid(claims, value);
  if (name === undefined || name === '' || !groups || uid === undefined) return undefined;
  const extra: Record<string, readonly string[]> = { ...credentialOf(claims) };
  for (const [key, mapping] of parts.extra) {
    const values = mapping(claims, value);
    if (!values) return undefined;
    if (values.length > 0) extra[key] = values;
  }
  const user = { name, groups, extra, ...(uid !== '' && { uid }) };
  const shown = userValue(user);
  return parts.users.every((rule) => rule(shown) === true) ? user : undefined;
}

const bool = ['bool'];
const texts = ['string', 'list', 'null'];

function readRule(reader: ConfigReader, value: unknown, at: string): Mapping<true> {
  const rule = reader.object(value, at, ['claim', 'requiredValue', 'expression', 'message']);
  const claim = reader.text(rule.claim, `${at}.claim`);
  const wanted = reader.text(rule.requiredValue, `${at}.requiredValue`);
  const text = reader.text(rule.expression, `${at}.expression`);
  checkOne(reader, { claim, text, at, isRequired: true });
  if (text === '') return (claims) => (claims[claim] === wanted ? true : undefined);
  if (wanted !== '') reader.refuse(`${at}.requiredValue`, 'may not be specified when expression is set');
  const run = compileExpression(reader, text, { variable: 'claims', at: `${at}.expression`, results: bool });
  return (_, shown) => (run?.(shown) === true ? true : undefined);
}

function readUserRule(reader: ConfigReader, value: unknown, at: string): TokenExpression | undefined {
  const rule = reader.object(value, at, ['expression', 'message']);
  const text = reader.required(rule.expression, `${at}.expression`);
  if (text === '') return undefined;
  return compileExpression(reader, text, { variable: 'user', at: `${at}.expression`, results: bool });
}

function readName(reader: ConfigReader, value: unknown, at: string): Mapping<string> {
  const { claim, prefix, run } = readPrefixed(reader, value, { at, results: ['string'], isRequired: true });
  if (run) return (_, shown) => textOf(run(shown));
  return (claims) => {
    const name = claims[claim];
    return typeof name === 'string' && name !== '' && mayNameByMail(claim, claims)
      ? prefix + name
      : undefined;
  };
}

function readGroups(reader: ConfigReader, value: unknown, at: string): Mapping<readonly string[]> {
  const { claim, prefix, run } = readPrefixed(reader, value, { at, results: texts, isRequired: false });
  if (run) return (_, shown) => listOf(run(shown));
  if (claim === '') return () => [];
  return (claims) => textsOf(claims[claim])?.map((group) => prefix + group);
}

function readUid(reader: ConfigReader, value: unknown, at: string): Mapping<string> {
  const uid = reader.object(value, at, ['claim', 'expression']);
  const claim = reader.text(uid.claim, `${at}.claim`);
  const text = reader.text(uid.expression, `${at}.expression`);
  checkOne(reader, { claim, text, at, isRequired: false });
  if (text !== '') {
    const results = ['string'];
    const run = compileExpression(reader, text, { variable: 'claims', at: `${at}.expression`, results });
    return (_, shown) => run && textOf(run(shown));
  }
  return claim === '' ? () => '' : (claims) => textOf(claims[claim]);
}

function readExtra(
  reader: ConfigReader,
  value: unknown,
  at: string,
): readonly [string, Mapping<readonly string[]>] {
  const item = reader.object(value, at, ['key', 'valueExpression']);
  const key = reader.required(item.key, `${at}.key`);
  const text = reader.required(item.valueExpression, `${at}.valueExpression`);
  checkKey(reader, key, `${at}.key`);
  const place = { variable: 'claims', at: `${at}.valueExpression`, results: texts } as const;
  const run = text === '' ? undefined : compileExpression(reader, text, place);
  return [key, (_, shown) => run && listOf(run(shown))];
}

/** Keys are `domain/path` in lower case, of a domain that is not Kubernetes' own. */
function checkKey(reader: ConfigReader, key: string, at: string): void {
  if (key === '') return;
  const slash = key.indexOf('/');
  const domain = key.slice(0, Math.max(slash, 0));
  if (!isDnsSubdomain(domain) || slash === key.length - 1)
    reader.refuse(at, 'must be a domain-prefixed path (such as "acme.io/foo")');
  else if (key !== key.toLowerCase()) reader.refuse(at, 'must be lowercase');
  else if (/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(domain))
    reader.refuse(at, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use');
}

interface Place {
  readonly at: string;
  readonly results: readonly string[];
  readonly isRequired: boolean;
}

function readPrefixed(reader: ConfigReader, value: unknown, { at, results, isRequired }: Place) {
  const mapping = reader.object(value, at, ['claim', 'prefix', 'expression']);
  const claim = reader.text(mapping.claim, `${at}.claim`);
  const prefix = reader.text(mapping.prefix, `${at}.prefix`);
  const text = reader.text(mapping.expression, `${at}.expression`);
  checkOne(reader, { claim, text, at, isRequired });
  if (claim !== '' && mapping.prefix === undefined)
    reader.refuse(
      `${at}.prefix`,
      'Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    );
  if (text !== '' && mapping.prefix !== undefined)
    reader.refuse(`${at}.prefix`, "prefix can't be set when expression is set");
  const place = { variable: 'claims', at: `${at}.expression`, results } as const;
  return { claim, prefix, run: text === '' ? undefined : compileExpression(reader, text, place) };
}

interface Choice {
  readonly claim: string;
  readonly text: string;
  readonly at: string;
  readonly isRequired: boolean;
}

function checkOne(reader: ConfigReader, { claim, text, at, isRequired }: Choice): void {
  if (claim !== '' && text !== '') reader.refuse(at, "claim and expression can't both be set");
  if (isRequired && claim === '' && text === '')
    reader.refuse(at, 'Required value: claim or expression is required');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Texts that are empty do not count. */
function listOf(value: Json): readonly string[] | undefined {
  return textsOf(value ?? undefined)?.filter((text) => text !== '');
}
