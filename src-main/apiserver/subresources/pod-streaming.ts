import { badRequest } from '../registry/errors.ts';
import type { Subresource } from './subresources.ts';

/** Streaming subresources live on upgraded connections (streaming/pod-streams.ts); plain requests are refused. */
function upgradeRequired(name: string): Subresource {
  return {
    resource: 'pods',
    name,
    async handle() {
      throw badRequest('Upgrade request required');
    },
  };
}

export const podStreaming: readonly Subresource[] = ['exec', 'attach', 'portforward'].map(upgradeRequired);
