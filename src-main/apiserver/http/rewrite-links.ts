import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { ApiError } from '@shared/api/status.ts';
import type { HttpResponse } from './exchange.ts';

/** Where a proxied page is seen from. */
export interface LinkPlace {
  /** Path under which the backend's root is reached, e.g. `/api/v1/namespaces/a/pods/b/proxy`. */
  readonly prefix: string;
  /** By which name the client called this server. */
  readonly host: string;
}

const maxPageBytes = 16 * 1024 * 1024;

/** Attributes that hold URLs. Source: HTML, "Attributes". */
const attributes = [
  'action',
  'background',
  'cite',
  'codebase',
  'data',
  'formaction',
  'href',
  'icon',
  'longdesc',
  'manifest',
  'poster',
  'profile',
  'src',
  'usemap',
];
const tagPattern = /<[a-z][a-z0-9]*\s[^<>]*>/gi;
const attributePattern = new RegExp(`(\\s(?:${attributes.join('|')})\\s*=\\s*)("[^"]*"|'[^']*')`, 'gi');

/** A link as it must read behind the proxy: absolute paths of the same host get the prefix, others stay. */
export function rewritesLinks(link: string, { prefix, host }: LinkPlace): string {
  const match = /^(?:(?:https?:)?\/\/([^/?#]*))?(\/.*)?$/is.exec(link);
  if (!match) return link;
  const [, linkHost, path = '/'] = match;
  if (linkHost === undefined ? !link.startsWith('/') : linkHost !== host) return link;
  return path === prefix || path.startsWith(`${prefix}/`) ? path : `${prefix}${path}`;
}

/** A page whose links lead through the proxy. */
export function rewritePage(html: string, place: LinkPlace): string {
  return html.replace(tagPattern, (tag) =>
    tag.replace(attributePattern, (_, before: string, quoted: string) => {
      const quote = quoted[0] ?? '"';
      return `${before}${quote}${rewritesLinks(quoted.slice(1, -1), place)}${quote}`;
    }),
  );
}

/** Sends a page with its links rewritten; the headers stand but for what depends on its length. */
export async function sendRewritten(
  answer: IncomingMessage,
  outgoing: HttpResponse,
  place: LinkPlace,
): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > maxPageBytes) throw ApiError.of('InternalError', 'the page is too large to be rewritten');
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  const page = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  // One byte is one character here, so that pages of every encoding come through.
  const body = Buffer.from(rewritePage(page.toString('latin1'), place), 'latin1');
  outgoing.setHeader('content-encoding', 'identity');
  outgoing.setHeader('content-length', body.length);
  outgoing.end(body);
}
