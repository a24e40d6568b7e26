import { isDeepStrictEqual } from 'node:util';
import type { Answer, Attempt, Target } from './target.ts';

/** The rules of what may come back; each returns a sentence about what is wrong, or undefined. */

interface Status {
  readonly kind?: unknown;
  readonly status?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
}

/** Every answer is a success, a proper Status, or the plain text that Kubernetes has for paths that lead nowhere. */
export function wrongAnswer(answer: Answer, attempt: Attempt): string | undefined {
  const { code, contentType, text, why } = answer;
  if (code === 0)
    return isCutOff(attempt) ? undefined : `the connection was closed without an answer (${why})`;
  if (code >= 500 && !isExplained(code, text)) return `code ${code}: ${text.slice(0, 500)}`;
  if (attempt.method === 'HEAD' || code < 400) return undefined;
  if (code === 417) return undefined; // HTTP's own, to what a client expects
  if (!contentType.startsWith('application/json')) {
    if (contentType.includes('protobuf') || (contentType.startsWith('text/plain') && code !== 400))
      return undefined;
    return `code ${code} comes as ${contentType || 'nothing'}: ${text.slice(0, 200)}`;
  }
  const status = parsed(text);
  if (status === undefined) return `the answer is no JSON: ${text.slice(0, 200)}`;
  const proper = status.kind === 'Status' && status.status === 'Failure' && status.code === code;
  return proper ? undefined : `code ${code} without a proper Status: ${text.slice(0, 300)}`;
}

/** Where Kubernetes answers 500 in these very words. */
const kubernetesOwn = /without impersonating a user|failed to create typed patch object/;

/** Bodies and headers beyond the limits may be cut off while they are still being sent. */
const isCutOff = ({ body, headers }: Attempt) =>
  (body?.length ?? 0) > 2.9 * 1024 * 1024 || JSON.stringify(headers ?? {}).length > 16_000;

/**
 * What Kubernetes answers with 5xx as well: what leads to a node or a backend that does not answer, timeouts. */
function isExplained(code: number, text: string): boolean {
  if (code === 501 || kubernetesOwn.test(text)) return true;
  const reason = parsed(text)?.reason;
  return (code === 503 || code === 504) && (reason === 'ServiceUnavailable' || reason === 'Timeout');
}

/** The stored object, without what may change by itself. Undefined when there is none. */
export async function read(target: Target, path: string): Promise<Record<string, unknown> | undefined> {
  const { code, text } = await target.send({ title: 'read', method: 'GET', path });
  if (code === 404) return undefined;
  if (code !== 200) throw new Error(`reading ${path} gave ${code}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** A refused request, or a dry run, leaves the object as it was. */
export function halfApplied(before: unknown, after: unknown): string | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  return `it was refused, yet the object changed:\n${JSON.stringify(before)}\n${JSON.stringify(after)}`;
}

/** An accepted object is one that is accepted again as it is, strictly read. */
export async function invalidStored(
  target: Target,
  path: string,
  stored: object,
): Promise<string | undefined> {
  const answer = await target.send({
    title: 'the stored object once more',
    method: 'PUT',
    path: `${path}?dryRun=All&fieldValidation=Strict`,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(stored)),
  });
  if (answer.code === 200 || answer.code === 409) return undefined;
  return `what is stored is not valid (${answer.code}: ${answer.text.slice(0, 500)}): ${JSON.stringify(stored).slice(0, 1000)}`;
}

function parsed(text: string): Status | undefined {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return undefined;
  }
}
