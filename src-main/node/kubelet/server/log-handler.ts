import type { ServerResponse } from 'node:http';
import type { Clock } from '@shared/lib/clock.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { Kubelet } from '../kubelet.ts';
import type { LogOptions } from '../logs/log-line.ts';
import { readLog } from '../logs/read-log.ts';
import { findContainer, uidOf } from '../pod/spec.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { HttpError } from './http-error.ts';

export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Answers `/containerLogs/…`. Rejects with {@link HttpError} while nothing was sent. */
export async function serveLogs(
  parts: { kubelet: Kubelet; runtime: ContainerRuntime; clock: Clock },
  request: { target: LogTarget; query: URLSearchParams },
  response: ServerResponse,
): Promise<void> {
  const { kubelet, runtime, clock } = parts;
  const options = logOptions(request.query, clock.now());
  const run = await findRun(kubelet, request.target, request.query.get('previous') === 'true');
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const source = {
    path: run.logPath,
    isRunning: async () => (await runtime.containerStatus(run.id))?.state === 'Running',
  };
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  for await (const chunk of readLog(source, options, { clock, signal: abort.signal })) {
    if (abort.signal.aborted) return;
    if (!response.write(chunk)) await writable(response, abort.signal);
  }
  response.end();
}

/** The run of a container whose log is asked for. */
async function findRun(
  kubelet: Kubelet,
  target: LogTarget,
  isPrevious: boolean,
): Promise<{ id: string; logPath: string }> {
  const pod = kubelet.pod(target.namespace, target.pod);
  if (!pod) throw new HttpError(404, `pod "${target.pod}" does not exist`);
  if (!findContainer(pod, target.container)) {
    throw new HttpError(404, `container "${target.container}" not found in pod "${target.pod}"`);
  }
  const observed = await kubelet.view.observe(uidOf(pod));
  const runs = observed.containers.filter(({ name }) => name === target.container);
  const [current, previous] = runs;
  // Between two runs the last one is both the present and the previous one.
  const past = current?.state === 'Exited' && isAboutToRestart(pod, target.container) ? current : previous;
  const run = isPrevious ? past : current;
  if (run && run.state !== 'Created') return run;
  if (isPrevious) {
    throw new HttpError(
      400,
      `previous terminated container "${target.container}" in pod "${target.pod}" not found`,
    );
  }
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const reason =
    statuses.find(({ name }) => name === target.container)?.state?.waiting?.reason ?? 'ContainerCreating';
  throw new HttpError(
    400,
    `container "${target.container}" in pod "${target.pod}" is waiting to start: ${waitText(reason)}`,
  );
}

function isAboutToRestart(pod: NonNullable<ReturnType<Kubelet['pod']>>, container: string): boolean {
  return pod.status?.containerStatuses?.find(({ name }) => name === container)?.state?.waiting !== undefined;
}

const imageReasons: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

function waitText(reason: string): string {
  return imageReasons[reason] ?? reason;
}

function logOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const number = (name: string) => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (!/^\d+$/.test(text)) throw new HttpError(400, `${name} must be a number that is not negative`);
    return Number(text);
  };
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const sinceMs =
    sinceSeconds === undefined ? sinceTime && parseTime(sinceTime) : nowMs - sinceSeconds * 1000;
  const stream = query.get('stream');
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    sinceMs: typeof sinceMs === 'number' ? sinceMs : undefined,
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    stream: stream === 'Stdout' || stream === 'Stderr' ? stream : 'All',
  };
}

function writable(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
