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
}
