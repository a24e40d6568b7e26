import { type Environment, Optional } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import {
  isDns1035Label,
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isQualifiedName,
} from '@shared/api/names.ts';
import { isOfFormat } from '../crd/formats.ts';
import { register, registerLibrary, registerOpaque } from './define.ts';

class NamedFormat {
  readonly name: string;
  readonly isValid: (text: string) => boolean;

  constructor(name: string, isValid: (text: string) => boolean) {
    this.name = name;
    this.isValid = isValid;
  }
}

const type = 'kubernetes.NamedFormat';
const prefix = (isValid: (text: string) => boolean) => (text: string) => isValid(text.replace(/-$/, 'a'));
const ofFormat = (format: string) => (text: string) => isOfFormat(format, text);

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  dns1123Label: isDnsLabel,
  dns1123LabelPrefix: prefix(isDnsLabel),
  dns1123Subdomain: isDnsSubdomain,
  dns1123SubdomainPrefix: prefix(isDnsSubdomain),
  dns1035Label: isDns1035Label,
  dns1035LabelPrefix: prefix(isDns1035Label),
  qualifiedName: isQualifiedName,
  labelValue: isLabelValue,
  uri: ofFormat('uri'),
  uuid: ofFormat('uuid'),
  byte: ofFormat('byte'),
  date: ofFormat('date'),
  datetime: ofFormat('date-time'),
};

/**
 * `'%d of %s'.format([1, 'a'])`, and formats by name: `format.dns1123Label().validate(text)`.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library
 */
export function formatFunction(environment: Environment): void {
  registerOpaque(environment, type, NamedFormat);
  const all = new Map(
    Object.entries(formats).map(([name, isValid]) => [name, new NamedFormat(name, isValid)]),
  );
  const constants = Object.fromEntries([...all].map(([name, one]) => [`${name}(): ${type}`, () => one]));
  registerLibrary(environment, 'format', {
    ...constants,
    [`named(string): optional<${type}>`]: (name: string) => {
      const found = all.get(name);
      return found ? Optional.of(found) : Optional.none();
    },
  });
  register(environment, {
    [`${type}.validate(string): optional<list<string>>`]: ({ name, isValid }: NamedFormat, text: string) =>
      isValid(text) ? Optional.none() : Optional.of([`${JSON.stringify(text)} is no ${name}`]),
    'string.format(list<dyn>): string': format,
  });
}

/** https://pkg.go.dev/github.com/google/cel-go/ext#Strings, "Format" */
function format(pattern: string, args: readonly unknown[]): string {
  let next = 0;
  return pattern.replace(
    /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g,
    (whole, precision: string | undefined, clause: string) => {
      if (whole === '%%') return '%';
      if (next >= args.length) throw new Error(`index ${next} out of range`);
      return formatOne(clause, args[next++], precision === undefined ? 6 : Number(precision));
    },
  );
}

function formatOne(clause: string, value: unknown, precision: number): string {
  switch (clause) {
    case 's':
      return shown(value);
    case 'd':
      if (typeof value !== 'bigint') break;
      return String(value);
    case 'f':
      return Number(value).toFixed(precision);
    case 'e':
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : BigInt(Number(value)).toString(2);
    case 'o':
      return BigInt(Number(value)).toString(8);
    case 'x':
    case 'X': {
      const hex =
        typeof value === 'string' || value instanceof Uint8Array
          ? Buffer.from(value).toString('hex')
          : BigInt(Number(value)).toString(16);
      return clause === 'X' ? hex.toUpperCase() : hex;
    }
    default:
      break;
  }
  throw new Error(`could not parse formatting clause: unrecognized formatting clause "${clause}"`);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, 'Z');
  if (value instanceof Duration) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Map) {
    const pairs = [...value].map(([key, member]) => `${shown(key)}: ${shown(member)}`);
    return `{${pairs.sort().join(', ')}}`;
  }
  return String(value);
}
