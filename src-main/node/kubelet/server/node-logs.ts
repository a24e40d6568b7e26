import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { basename, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { notFound } from './http-error.ts';

/**
 * `/logs/…`: files below the node's folder of logs, and lists of its folders as a web page of links. Links that
 * lead out of it are not followed.
 */
export async function serveNodeLogs(root: string, path: string, response: ServerResponse): Promise<void> {
  const file = await within(root, path);
  const about = await stat(file);
  if (about.isDirectory())
    return path === '' || path.endsWith('/') ? list(file, response) : redirect(path, response);
  if (!about.isFile()) throw notFound();
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  // Never more than there was at the beginning: it may grow faster than it is read.
  if (about.size === 0) response.end();
  else await pipeline(createReadStream(file, { end: about.size - 1 }), response);
}

async function within(root: string, path: string): Promise<string> {
  if (path.includes('\0') || path.split('/').includes('..')) throw notFound();
  const folder = await realpath(root).catch(() => root);
  const file = await realpath(join(folder, path)).catch(() => undefined);
  if (file === undefined || (file !== folder && !file.startsWith(folder + sep))) throw notFound();
  return file;
}

async function list(folder: string, response: ServerResponse): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const links = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .toSorted()
    .map((name) => `<a href="./${encodeURIComponent(name).replace(/%2F$/, '/')}">${escaped(name)}</a>`);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html>\n<pre>\n${links.map((link) => `${link}\n`).join('')}</pre>\n`);
}

function redirect(path: string, response: ServerResponse): void {
  response.writeHead(301, { location: `${encodeURIComponent(basename(path))}/` }).end();
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;');
}
