/**
 * What names, label keys and values and object metadata may look like, with Kubernetes' own texts. A
 * `…Errors` function lists every complaint about a value; an `is…` function says whether there is none.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
import { remembering } from '../lib/remember.ts';
import { utf8Length } from '../lib/utf8.ts';

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const label1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedFormat})?`;
const configMapKeyFormat = '[-._a-zA-Z0-9]+';
const wildcardFormat = `\\*\\.${subdomainFormat}`;

const labelPattern = new RegExp(`^${labelFormat}$`);
const subdomainPattern = new RegExp(`^${subdomainFormat}$`);
const label1035Pattern = new RegExp(`^${label1035Format}$`);
const qualifiedPattern = new RegExp(`^${qualifiedFormat}$`);
const labelValuePattern = new RegExp(`^${labelValueFormat}$`);
const configMapKeyPattern = new RegExp(`^${configMapKeyFormat}$`);
const wildcardPattern = new RegExp(`^${wildcardFormat}$`);

const alphanumericEnds = 'and must start and end with an alphanumeric character';

/** Kubernetes counts bytes everywhere, but says so only of label keys and values. */
function tooLong(value: string, max: number, unit = 'characters'): string[] {
  return utf8Length(value) > max ? [`must be no more than ${max} ${unit}`] : [];
}

/** `text (e.g. 'a',  or 'b', regex used for validation is '…')`, odd blanks and all. */
function patternError(text: string, format: string, examples: readonly string[]): string {
  return `${text} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${format}')`;
}

/** RFC 1123 label, 63 characters: namespaces, container names, hosts. */
export function dnsLabelErrors(value: string): string[] {
  const errors = tooLong(value, 63);
  if (labelPattern.test(value)) return errors;
  if (subdomainPattern.test(value)) return [...errors, 'must not contain dots'];
  const text = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${alphanumericEnds}`;
  return [...errors, patternError(text, labelFormat, ['my-name', '123-abc'])];
}

/** RFC 1123 subdomain, 253 characters: what most objects' names are. */
export function dnsSubdomainErrors(value: string): string[] {
  const errors = tooLong(value, 253);
  if (subdomainPattern.test(value)) return errors;
  const text = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${alphanumericEnds}`;
  return [...errors, patternError(text, subdomainFormat, ['example.com'])];
}

/** DNS-1035 label, 63 characters, beginning with a letter: ports of old, generated service names. */
export function dns1035LabelErrors(value: string): string[] {
  const errors = tooLong(value, 63);
  if (label1035Pattern.test(value)) return errors;
  const text =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...errors, patternError(text, label1035Format, ['my-name', 'abc-123'])];
}

/** `*.example.com`: hosts of an Ingress. */
export function wildcardSubdomainErrors(value: string): string[] {
  const errors = tooLong(value, 253);
  if (wildcardPattern.test(value)) return errors;
  const text =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
  return [...errors, patternError(text, wildcardFormat, ['*.example.com'])];
}

/** Label and annotation keys, finalizers, resource names: `name` or `example.com/name`. */
export const qualifiedNameErrors: (value: string) => readonly string[] = remembering(checkQualifiedName);

function checkQualifiedName(value: string): string[] {
  const text = `must consist of alphanumeric characters, '-', '_' or '.', ${alphanumericEnds}`;
  const rule = patternError(text, qualifiedFormat, ['MyName', 'my.name', '123-abc']);
  const parts = value.split('/', 3);
  if (parts.length > 2) {
    return [
      `a valid label key ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  const name = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    const complaints = prefix === '' ? ['must be non-empty'] : dnsSubdomainErrors(prefix);
    errors.push(...complaints.map((complaint) => `prefix part ${complaint}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else errors.push(...tooLong(name, 63, 'bytes').map((complaint) => `name part ${complaint}`));
  if (!qualifiedPattern.test(name)) errors.push(`name part ${rule}`);
  return errors;
}

/** Label values: empty, or 63 characters. */
export const labelValueErrors: (value: string) => readonly string[] = remembering(checkLabelValue);

function checkLabelValue(value: string): string[] {
  const errors = tooLong(value, 63, 'bytes');
  if (labelValuePattern.test(value)) return errors;
  const text = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${alphanumericEnds}`;
  return [...errors, patternError(text, labelValueFormat, ['MyValue', 'my_value', '12345'])];
}

/** Keys of ConfigMaps and Secrets. */
export function configMapKeyErrors(value: string): string[] {
  const errors = tooLong(value, 253);
  if (!configMapKeyPattern.test(value)) {
    const text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    errors.push(patternError(text, configMapKeyFormat, ['key.name', 'KEY_NAME', 'key-name']));
  }
  if (value === '.') errors.push("must not be '.'");
  else if (value === '..') errors.push("must not be '..'");
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** Names of environment variables: printable ASCII without `=`. */
export function envVarNameErrors(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Names of ports (IANA service names): 15 characters, with a letter. */
export function portNameErrors(value: string): string[] {
  const errors = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** Port numbers. */
export function portNumberErrors(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

/** Names that only have to fit into a URL: RBAC roles. With `isPrefix` a dot alone is fine. */
export function pathSegmentErrors(value: string, isPrefix = false): string[] {
  if (!isPrefix && (value === '.' || value === '..')) return [`may not be '${value}'`];
  return ['/', '%'].filter((text) => value.includes(text)).map((text) => `may not contain '${text}'`);
}

export function isDnsLabel(value: string): boolean {
  return dnsLabelErrors(value).length === 0;
}

export function isDnsSubdomain(value: string): boolean {
  return dnsSubdomainErrors(value).length === 0;
}

export function isDns1035Label(value: string): boolean {
  return dns1035LabelErrors(value).length === 0;
}

export function isQualifiedName(value: string): boolean {
  return qualifiedNameErrors(value).length === 0;
}

export function isLabelValue(value: string): boolean {
  return labelValueErrors(value).length === 0;
}
