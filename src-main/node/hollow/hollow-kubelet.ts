import { ApiError } from '@shared/api/status.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { SimulatedUsage } from './hollow-usage.ts';

/** The kubelet API of a simulated node: logs that say so, made-up figures of use, a clear refusal of everything else. */
export interface HollowKubelet {
  logs(request: {
    readonly path: string;
    readonly query: URLSearchParams;
  }): Promise<AsyncIterable<Uint8Array> & Disposable>;
  upgrade(request: { readonly path: string }): Promise<void>;
}

export interface HollowKubeletOptions {
  readonly nodeName: string;
  readonly clock: Clock;
  /** The node's running pods. */
  pods(): readonly DeepReadonly<Pod>[];
}

export function createHollowKubelet({ nodeName, clock, pods }: HollowKubeletOptions): HollowKubelet {
  const usage = new SimulatedUsage(nodeName);
  const question = () => ({ pods: pods(), nowMs: clock.now() });
  const answers: Readonly<Record<string, () => string>> = {
    '/stats/summary': () => JSON.stringify(usage.summary(question())),
    '/metrics/resource': () => usage.resourceMetrics(question()),
  };
  return {
    logs: async ({ path, query }) => {
      const answer = answers[path];
      if (answer) return stream(answer(), false);
      if (!path.startsWith('/containerLogs/'))
        throw ApiError.of('NotFound', `node ${nodeName} is simulated: it has no ${path}`);
      const [, , namespace, pod, container] = path.split('/');
      const line = `Container ${container} of pod ${namespace}/${pod} is simulated: node ${nodeName} runs no containers, so there is no output.\n`;
      const found = pods().find(
        ({ metadata }) => metadata?.namespace === namespace && metadata?.name === pod,
      );
      const saidAt = found?.status?.startTime ?? rfc3339(clock.now());
      return stream(asAsked(line, saidAt, { query, nowMs: clock.now() }), query.get('follow') === 'true');
    },
    upgrade: async () => {
      throw ApiError.of('BadRequest', `node ${nodeName} is simulated: there is no container to connect to`);
    },
  };
}

/** The one line of a log by the options of a request for it. */
function asAsked(
  line: string,
  saidAt: string,
  { query, nowMs }: { readonly query: URLSearchParams; readonly nowMs: number },
): string {
  const sinceSeconds = query.get('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const sinceMs = sinceSeconds ? nowMs - Number(sinceSeconds) * 1000 : sinceTime ? Date.parse(sinceTime) : 0;
  if (query.get('previous') === 'true' || query.get('tailLines') === '0' || Date.parse(saidAt) < sinceMs)
    return '';
  const whole = query.get('timestamps') === 'true' ? `${saidAt.replace('Z', '.000000000Z')} ${line}` : line;
  const limitBytes = query.get('limitBytes');
  return limitBytes ? whole.slice(0, Number(limitBytes)) : whole;
}

/** One text; a followed one then stays open until it is disposed. */
function stream(text: string, isFollowed: boolean): AsyncIterable<Uint8Array> & Disposable {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    async *[Symbol.asyncIterator]() {
      yield new TextEncoder().encode(text);
      if (isFollowed) await ended;
    },
    dispose: () => end(),
  };
}
