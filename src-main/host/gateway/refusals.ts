import { ApiError } from '@shared/api/status.ts';
import type { ClusterState, ClusterSummary } from '@shared/rpc/contract.ts';

/** Seconds after which another try makes sense: soon for what passes by itself, later for what needs a hand. */
const soon = 1;
const later = 10;

/** 404 for a cluster that does not exist. */
export function noCluster(name: string): ApiError {
  return ApiError.of('NotFound', `There is no cluster "${name}".`, { name, kind: 'clusters' });
}

/** 503 for a cluster whose API server cannot answer: what is happening to it, and when to try again. */
export function clusterAway(cluster: ClusterSummary, isWanted: boolean): ApiError {
  const { name, state, error } = cluster;
  const reason = error ? ` ${error.message}${error.remedy ? ` ${error.remedy}` : ''}` : '';
  return unavailable({ name, ...sentence(state, isWanted, { name, reason }) });
}

/** 503 for a connection that broke off before there was an answer, told apart by whether the request may have been heard. */
export function brokenOff(name: string, { mayHaveActed }: { mayHaveActed: boolean }): ApiError {
  const text = `The API server of cluster "${name}" ended the connection: it is stopping or being started again.`;
  if (!mayHaveActed) return unavailable({ name, text, retryAfterSeconds: soon });
  return unavailable({
    name,
    text: `${text} Whether it did what was asked is not known: look before you repeat it.`,
  });
}

function sentence(
  state: ClusterState,
  isWanted: boolean,
  { name, reason }: { name: string; reason: string },
): { text: string; retryAfterSeconds: number } {
  switch (state) {
    case 'creating':
      return { text: `Cluster "${name}" is being created.`, retryAfterSeconds: soon };
    case 'starting':
      return {
        text: `Cluster "${name}" is starting: its control plane does not answer yet.`,
        retryAfterSeconds: soon,
      };
    case 'stopping':
      return { text: `Cluster "${name}" is being stopped.`, retryAfterSeconds: later };
    case 'deleting':
      return { text: `Cluster "${name}" is being deleted.`, retryAfterSeconds: later };
    case 'failed':
      return { text: `Cluster "${name}" does not run.${reason}`, retryAfterSeconds: later };
    case 'running':
    case 'stopped':
      return isWanted
        ? {
            text: `The control plane of cluster "${name}" has ended and is being started again.`,
            retryAfterSeconds: soon,
          }
        : {
            text: `Cluster "${name}" is stopped. Start it with "slipway cluster start ${name}".`,
            retryAfterSeconds: later,
          };
  }
}

function unavailable(what: { name: string; text: string; retryAfterSeconds?: number }): ApiError {
  const { name, text, retryAfterSeconds } = what;
  return ApiError.of('ServiceUnavailable', text, {
    name,
    kind: 'clusters',
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}
