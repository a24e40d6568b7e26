import { AppError } from '@shared/lib/app-error.ts';
import { isJsonObject } from '@shared/lib/json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads a configuration piece by piece and gathers what is wrong with it, each with its place. */
export class ConfigReader {
  readonly mistakes: string[] = [];

  refuse(at: string, why: string): void {
    this.mistakes.push(`${at}: ${why}`);
  }

  /** A mapping with no other fields than these; an empty one where there is none, or something else. */
  object(value: unknown, at: string, fields: readonly string[]): Fields {
    if (value === undefined || value === null) return {};
    if (!isJsonObject(value)) {
      this.refuse(at, 'must be a mapping');
      return {};
    }
    for (const field of Object.keys(value))
      if (!fields.includes(field)) this.refuse(`${at}.${field}`, 'unknown field');
    return value;
  }

  list(value: unknown, at: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.refuse(at, 'must be a list');
    return [];
  }

  /** A text; '' where there is none. */
  text(value: unknown, at: string): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    this.refuse(at, 'must be a text');
    return '';
  }

  /** A text that must be there. */
  required(value: unknown, at: string): string {
    const text = this.text(value, at);
    if (text === '') this.refuse(at, 'Required value');
    return text;
  }

  flag(value: unknown, at: string): boolean {
    if (typeof value === 'boolean') return value;
    if (value !== undefined) this.refuse(at, 'must be true or false');
    return false;
  }

  /** An `https://` address without name, query and fragment. */
  address(value: unknown, at: string): string {
    const text = this.text(value, at);
    const url = URL.parse(text);
    if (text === '') return text;
    if (url?.protocol !== 'https:') this.refuse(at, 'URL scheme must be https');
    else if (url.username || url.password || url.search || url.hash)
      this.refuse(at, 'URL must not contain a username or password, a query or a fragment');
    return text;
  }

  /** A length of time as Go writes it, `1m30s`; undefined where there is none. In milliseconds. */
  duration(value: unknown, at: string): number | undefined {
    const text = this.text(value, at);
    if (text === '') return undefined;
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    if (parts.map(([part]) => part).join('') !== text) {
      this.refuse(at, `must be a duration such as 30s, not ${JSON.stringify(text)}`);
      return undefined;
    }
    return parts.reduce((sum, [, number = '', unit = '']) => sum + Number(number) * (unitMs[unit] ?? 0), 0);
  }

  /** Refuses a text that is not one of these. */
  oneOf<T extends string>(value: unknown, at: string, known: readonly T[]): T | undefined {
    const text = this.required(value, at);
    const found = known.find((one) => one === text);
    if (found === undefined && text !== '')
      this.refuse(
        at,
        `Unsupported value: ${JSON.stringify(text)}: supported values: ${known.map((one) => JSON.stringify(one)).join(', ')}`,
      );
    return found;
  }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads a file's text by `read`. AppError InvalidArgument names every mistake in it, and the file. */
export async function readYamlConfig<T>(
  text: string,
  path: string,
  read: (reader: ConfigReader, config: unknown) => T,
): Promise<T> {
  const reader = new ConfigReader();
  const { parse } = await import('yaml');
  let config: unknown;
  try {
    config = parse(text);
  } catch (cause) {
    reader.refuse('not YAML', cause instanceof Error ? cause.message : String(cause));
  }
  const value = reader.mistakes.length === 0 ? read(reader, config) : undefined;
  if (value !== undefined && reader.mistakes.length === 0) return value;
  throw new AppError({
    code: 'InvalidArgument',
    message: `${path}: ${reader.mistakes.join('; ')}.`,
    remedy: 'Correct the file, or remove it; then start the cluster again.',
  });
}
