import { ApiError } from '@shared/api/status.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import { methodNotAllowed } from '../routes.ts';
import type { KubeletHandler } from '../streaming/kubelet-connector.ts';

/** What a kubelet tells about itself; its streams and logs have doors of their own. */
const readable: Readonly<Record<string, string>> = {
  'stats/summary': 'application/json',
  'metrics/resource': 'text/plain; version=0.0.4; charset=utf-8',
  pods: 'application/json',
  healthz: 'text/plain',
};

/** A question passed on to a kubelet that lives in this process: a simulated node's. */
export async function askKubelet(
  kubelet: KubeletHandler,
  { name, path }: { readonly name: string; readonly path: string },
  { method, query }: Pick<ApiServerRequest, 'method' | 'query'>,
): Promise<ApiServerResponse> {
  if (method !== 'GET') throw methodNotAllowed();
  const contentType = readable[path];
  if (contentType === undefined) {
    const served = Object.keys(readable).join(', ');
    throw ApiError.of(
      'NotFound',
      `the kubelet of node "${name}" serves no /${path} here; there are ${served}`,
    );
  }
  const body = await kubelet.logs({ path: `/${path}`, query });
  return { type: 'stream', code: 200, contentType, body };
}
