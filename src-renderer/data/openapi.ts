import type { Client } from '@shared/client/client.ts';

/** All documents of a cluster's `/openapi/v3`. Rejects with ApiError where the cluster serves none. */
export async function fetchOpenApi(client: Client, signal: AbortSignal): Promise<readonly unknown[]> {
  const index: unknown = await client.transport.request({ method: 'GET', path: '/openapi/v3', signal });
  const urls = Object.values(pathsOf(index)).map((entry) => entry.serverRelativeURL);
  return Promise.all(
    urls.map((url) => {
      const [path = '', search = ''] = url.split('?');
      return client.transport.request({
        method: 'GET',
        path,
        query: Object.fromEntries(new URLSearchParams(search)),
        signal,
      });
    }),
  );
}

function pathsOf(index: unknown): Record<string, { serverRelativeURL: string }> {
  if (typeof index !== 'object' || index === null || !('paths' in index)) return {};
  const paths = Object.entries((index as { paths: Record<string, { serverRelativeURL?: string }> }).paths);
  return Object.fromEntries(
    paths.filter(([path, entry]) => /^apis?\//.test(path) && typeof entry.serverRelativeURL === 'string'),
  ) as Record<string, { serverRelativeURL: string }>;
}
