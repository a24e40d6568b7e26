import { ApiError } from '@shared/api/status.ts';
import type { RequestBody } from '../request.ts';
import type { HttpRequest } from './front.ts';

/** As in Kubernetes: what etcd would take, twice over. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** Reads a body to its end. 413 as soon as it grows beyond {@link maxBodyBytes}; the rest is not read. */
export async function readBody(request: HttpRequest): Promise<RequestBody> {
  if (request.method === 'GET' || request.method === 'HEAD') return { type: 'none' };
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  if (size === 0) return { type: 'none' };
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  return { type: 'bytes', bytes, contentType: String(request.headers['content-type'] ?? '') };
}

function tooLarge(): ApiError {
  return ApiError.of('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
}
