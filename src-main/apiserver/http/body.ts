import type { Readable } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import type { RequestBody } from '../request.ts';
import type { HttpRequest } from './exchange.ts';

/** As in Kubernetes: what etcd would take, twice over. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** A client that takes longer to send its body is cut off. */
const maxBodyMs = 60_000;

/** Reads a body to its end. 413 as soon as it grows beyond {@link maxBodyBytes}; the rest is not read. */
export async function readBody(request: HttpRequest): Promise<RequestBody> {
  if (request.method === 'GET' || request.method === 'HEAD') return { type: 'none' };
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodyBytes) throw tooLarge();
  const bytes = await collect(request.body);
  if (bytes.length === 0) return { type: 'none' };
  return { type: 'bytes', bytes, contentType: String(request.headers['content-type'] ?? '') };
}

/** The connection stays usable for an answer when the body is refused. */
function collect(body: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => body.destroy(), maxBodyMs);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      body.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      finish();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBodyBytes) return;
      body.pause();
      settle(() => reject(tooLarge()));
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onClose = () =>
      settle(() => reject(new Error('the client went away before its request was complete')));
    body.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

function tooLarge(): ApiError {
  return ApiError.of('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
}
