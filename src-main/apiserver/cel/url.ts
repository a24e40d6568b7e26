import type { Environment } from '@marcbachmann/cel-js';
import { register, registerOpaque } from './define.ts';

const name = 'kubernetes.URL';

/** An absolute URL, or an absolute path: what Go's url.ParseRequestURI takes. */
class UrlValue {
  readonly text: string;
  readonly url: URL;
  readonly isPath: boolean;

  constructor(text: string) {
    this.text = text;
    this.isPath = text.startsWith('/');
    this.url = new URL(text, this.isPath ? 'http://host' : undefined);
  }

  toString(): string {
    return this.text;
  }
}

function isUrl(text: string): boolean {
  return (
    (text.startsWith('/') || /^[a-z][a-z\d+.-]*:/i.test(text)) &&
    !/\p{Cc}/u.test(text) &&
    !/^[^/?#]*:\/\/[^/?#]*\s/.test(text) &&
    URL.canParse(text, 'http://host')
  );
}

function parse(text: string): UrlValue {
  if (!isUrl(text))
    throw new Error(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return new UrlValue(text);
}

function query({ url }: UrlValue): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [key, value] of url.searchParams) found.set(key, [...(found.get(key) ?? []), value]);
  return found;
}

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library */
export function urlFunctions(environment: Environment): void {
  registerOpaque(environment, name, UrlValue);
  register(environment, {
    [`url(string): ${name}`]: parse,
    'isURL(string): bool': isUrl,
    [`${name}.getScheme(): string`]: ({ url, isPath }: UrlValue) => (isPath ? '' : url.protocol.slice(0, -1)),
    [`${name}.getHost(): string`]: ({ text, isPath }: UrlValue) =>
      isPath ? '' : (/^[^:]+:\/\/(?:[^@/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? ''),
    [`${name}.getHostname(): string`]: ({ url, isPath }: UrlValue) =>
      isPath ? '' : url.hostname.replace(/^\[(.*)\]$/, '$1'),
    [`${name}.getPort(): string`]: ({ text, isPath }: UrlValue) =>
      isPath ? '' : (/^[^:]+:\/\/[^/?#]*?:(\d+)(?:[/?#]|$)/.exec(text)?.[1] ?? ''),
    [`${name}.getEscapedPath(): string`]: ({ text, isPath }: UrlValue) =>
      (/^[^?#]*/.exec(isPath ? text : text.replace(/^[^:]+:(\/\/[^/?#]*)?/, ''))?.[0] ?? '').replaceAll(
        ' ',
        '%20',
      ),
    [`${name}.getQuery(): map<string, list<string>>`]: query,
  });
  environment.registerOperator(
    `${name} == ${name}`,
    (a: UrlValue, b: UrlValue) => a.url.href === b.url.href && a.isPath === b.isPath,
  );
}
