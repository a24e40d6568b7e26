import type { Clock } from '@shared/lib/clock.ts';
import { isLongRunning } from '../http/deadline.ts';
import type { ApiServerRequest, ApiServerResponse, RequestBody, UserInfo } from '../request.ts';
import type { AuditLog } from './audit-log.ts';
import { type EventFacts, eventLine } from './event.ts';
import type { AuditPolicy, Stage, Verdict } from './policy.ts';

/** What a front knows of a request beside what all of the server does. */
export interface Origin {
  readonly auditId: string;
  /** Path and query, as they came. */
  readonly uri: string;
  /** Who passed it on, from the first to the last. */
  readonly sourceIps: readonly string[];
}

/** Decides what is logged and hands it to the log. */
export class Auditor {
  readonly #policy: AuditPolicy;
  readonly #log: AuditLog;
  readonly #clock: Clock;

  constructor(policy: AuditPolicy, log: AuditLog, clock: Clock) {
    this.#policy = policy;
    this.#log = log;
    this.#clock = clock;
  }

  /** Begins the trail of a request; undefined when nothing of it is to be logged. */
  begin(
    request: Pick<ApiServerRequest, 'userAgent'> & Required<Pick<ApiServerRequest, 'attributes'>>,
    origin: Origin,
  ): AuditTrail | undefined {
    const { attributes, userAgent } = request;
    const user = attributes.user.impersonatedBy ?? attributes.user;
    const verdict = this.#policy.verdict({ ...attributes, user });
    if (!verdict) return undefined;
    const impersonated = user === attributes.user ? undefined : attributes.user;
    const facts = { attributes, userAgent, origin, user, impersonated, receivedMs: this.#clock.now() };
    return new AuditTrail(verdict, facts, { log: this.#log, clock: this.#clock });
  }
}

/** What is known of a request before it is served. */
export interface TrailFacts extends Pick<EventFacts, 'attributes' | 'userAgent' | 'origin' | 'receivedMs'> {
  readonly user: UserInfo;
  readonly impersonated: UserInfo | undefined;
}

/** The trail one request leaves in the audit log. */
export class AuditTrail {
  /** Keys are `<domain>/<name>`. */
  readonly annotations = new Map<string, string>();
  /** Kept for events that tell of bodies. */
  body: RequestBody = { type: 'none' };
  readonly #verdict: Verdict;
  readonly #facts: TrailFacts;
  readonly #to: { readonly log: AuditLog; readonly clock: Clock };
  #panic: unknown;
  #hasStarted = false;
  #isComplete = false;

  constructor(verdict: Verdict, facts: TrailFacts, to: { readonly log: AuditLog; readonly clock: Clock }) {
    this.#verdict = verdict;
    this.#facts = facts;
    this.#to = to;
  }

  /** Who asks is known, and what. */
  received(): void {
    this.#write('RequestReceived');
  }

  /** A stream has begun to be answered. */
  started(code: number, answer?: ApiServerResponse): void {
    this.#hasStarted = true;
    this.#write('ResponseStarted', { code, answer });
  }

  /** The request failed by a mistake of the server. */
  panicked(error: unknown): void {
    this.#panic = error;
  }

  /** Credentials were shown that do not hold. */
  unauthenticated(text: string): void {
    this.#isComplete = true;
    this.#write('ResponseStarted', { code: 401, message: text });
  }

  /** The answer is on its way; once. */
  complete(code: number, answer?: ApiServerResponse): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    if (this.#panic === undefined) {
      // Streams and watches have a beginning, also those that were refused.
      if (!this.#hasStarted && isLongRunning(this.#facts.attributes)) this.started(code, answer);
      this.#write('ResponseComplete', { code, answer });
      return;
    }
    const why = this.#panic instanceof Error ? this.#panic.message : String(this.#panic);
    this.#write('Panic', { code: 500, message: `APIServer panic'd: ${why}`, reason: 'InternalError' });
  }

  #write(stage: Stage, outcome?: EventFacts['outcome']): void {
    if (this.#verdict.stages.has(stage)) return;
    const { log, clock } = this.#to;
    const stageMs = clock.now();
    const annotations = new Map(this.annotations);
    const { body } = this;
    const facts = { ...this.#facts, verdict: this.#verdict, stage, stageMs, outcome, annotations, body };
    log.add(() => eventLine(facts));
  }
}
