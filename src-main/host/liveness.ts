import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@shared/lib/app-error.ts';

const defaultLimitSeconds = 30;
/** That many questions in a row without an answer: one alone may be lost to a machine that slept or was stuck itself. */
const questions = 3;
const longestPauseMs = 5000;

/**
 * How long a control plane may be silent before it counts as hung, in milliseconds: `SLIPWAY_HANG_SECONDS`, else
 * 30 s. 0 means for ever, for those who hold it in a debugger. AppError `InvalidArgument` for anything else.
 */
export function hangLimitMs(env: NodeJS.ProcessEnv = process.env): number {
  const text = env.SLIPWAY_HANG_SECONDS ?? String(defaultLimitSeconds);
  if (/^\d{1,5}$/.test(text)) return Number(text) * 1000;
  throw new AppError({
    code: 'InvalidArgument',
    message: `SLIPWAY_HANG_SECONDS is "${text}", which is not a number of seconds.`,
    remedy: `Leave it out for ${defaultLimitSeconds}, or set 0 to never restart a silent control plane.`,
  });
}

/**
 * Asks an API server over and over whether it lives. Resolves to true once it has said nothing at all for
 * `limitMs`, to false when the signal aborts. Whatever it answers, also that it is unwell, is an answer.
 */
export async function untilSilent(
  server: { readonly port: number; readonly limitMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { port, limitMs } = server;
  const turnMs = limitMs / questions;
  let missed = 0;
  while (!signal.aborted) {
    const askedAt = performance.now();
    const isAnswered = limitMs === 0 || (await answers(port, turnMs, signal));
    if (signal.aborted) break;
    missed = isAnswered ? 0 : missed + 1;
    // A refused connection comes at once, but the limit is one of time.
    const restMs = turnMs - (performance.now() - askedAt);
    const pauseMs = isAnswered ? Math.min(longestPauseMs, limitMs === 0 ? longestPauseMs : turnMs) : restMs;
    if (pauseMs > 0) await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: ends the loop
    if (missed >= questions) return !signal.aborted;
  }
  return false;
}

/** `/livez` is open to everyone and tells nothing secret, so the certificate need not be checked here. */
function answers(port: number, withinMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      {
        host: '127.0.0.1',
        port,
        path: '/livez',
        agent: false,
        rejectUnauthorized: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      },
      (answer) => {
        answer.on('error', () => undefined); // the status line was answer enough
        answer.resume();
        resolve(true);
      },
    );
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
