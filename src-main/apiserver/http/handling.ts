import { ApiError } from '@shared/api/status.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { errorResponse } from '../core.ts';
import type { Passage } from '../flow-control/flow-control.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import { readBody } from './body.ts';
import { isLongRunning, isStream, requestTimeoutMs, within } from './deadline.ts';
import type { HttpRequest, HttpResponse } from './exchange.ts';
import type { FrontOptions } from './front.ts';
import { auditIdOf, parseHead, type RequestHead } from './head.ts';
import type { CountedRequest } from './request-metrics.ts';
import { sendResponse } from './respond.ts';

/** One request over HTTP, from its headers to the end of its answer. */
export class Handling {
  readonly #options: FrontOptions;
  readonly #request: HttpRequest;
  readonly #response: HttpResponse;
  readonly #began = performance.now();
  readonly #facts: { readonly method: string; readonly path: string };
  #head: RequestHead | undefined;
  #audit: AuditTrail | undefined;
  #isDone = false;

  constructor(options: FrontOptions, request: HttpRequest, response: HttpResponse) {
    this.#options = options;
    this.#request = request;
    this.#response = response;
    const { method, url } = request;
    const mark = url.indexOf('?');
    this.#facts = { method, path: mark < 0 ? url : url.slice(0, mark) };
  }

  /** Never rejects. */
  async run(): Promise<void> {
    this.#options.metrics.began(this.#facts.method);
    this.#request.body.on('error', () => {});
    try {
      await this.#answer();
    } catch (error) {
      // Whoever went away, or was too slow, hears no answer.
      if (!this.#response.destroyed) await this.#refuse(error);
    }
    this.#done(undefined);
    if (this.#audit) this.#audit.complete(this.#response.headersSent ? this.#response.statusCode : 499);
  }

  /** Once, as soon as it is known how the request ends; a watch is done when it begins. */
  #done(answer: ApiServerResponse | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const seconds = (performance.now() - this.#began) / 1000;
    const code = answer ? codeOf(answer) : 499;
    const isLong = this.#head !== undefined && isLongRunning(this.#head.attributes);
    this.#options.metrics.done(this.#counted(), code, isLong ? undefined : seconds);
  }

  #counted(): CountedRequest {
    const { method } = this.#facts;
    const contentType = this.#request.headers['content-type'];
    return { method, attributes: this.#head?.attributes, query: this.#head?.query, contentType };
  }

  #noteOpen(): void {
    const ended = this.#options.metrics.opened(this.#counted());
    if (this.#response.destroyed) ended();
    else this.#response.once('close', ended);
  }

  async #answer(): Promise<void> {
    const auditId = auditIdOf(this.#request);
    this.#response.setHeader('Audit-Id', auditId);
    const head = await parseHead(this.#options, this.#request, auditId);
    this.#head = head;
    this.#audit = head.audit;
    const isLimited = !isLongRunning(head.attributes);
    if (!isLimited) this.#noteOpen();
    const timeoutMs = isLimited ? requestTimeoutMs(head.query, head.attributes.verb) : undefined;
    const passage = isStream(head.attributes) ? undefined : this.#enter(head);
    const serving = this.#serve(head, passage);
    let isOver = true;
    try {
      const answer = timeoutMs === undefined ? await serving : await within(timeoutMs, serving);
      await this.#send(head, answer, passage);
    } catch (error) {
      // Out of time: the seat is free when what was begun has ended.
      isOver = !(error instanceof ApiError && error.reason === 'Timeout');
      if (!isOver) void serving.catch(() => {}).finally(() => passage?.leave());
      throw error;
    } finally {
      if (isOver) passage?.leave();
    }
  }

  /** Begins the request's way through its priority level, and says which that is. */
  #enter({ attributes, query }: RequestHead): Passage {
    const passage = this.#options.flowControl.enter(attributes, query);
    this.#response.setHeader('X-Kubernetes-PF-FlowSchema-UID', passage.schemaUid);
    this.#response.setHeader('X-Kubernetes-PF-PriorityLevel-UID', passage.levelUid);
    if (passage.seated) this.#response.once('close', () => passage.leave());
    return passage;
  }

  /** Waits for a seat, reads the body, waits for a turn to compute in, and serves. */
  async #serve(head: RequestHead, passage: Passage | undefined): Promise<ApiServerResponse> {
    const { passesOn, flowControl, serve } = this.#options;
    if (passage?.seated) await passage.seated;
    const body = passesOn(head.path) ? head.body : await readBody(this.#request);
    if (head.audit) head.audit.body = body;
    const turn = passage && flowControl.turn(passage, body.type !== 'none');
    if (turn) await turn;
    return serve({ ...head, body });
  }

  async #send(
    head: ApiServerRequest,
    answer: ApiServerResponse,
    passage: Passage | undefined,
  ): Promise<void> {
    const { server, metrics, flowControl } = this.#options;
    if (answer.type === 'handover') {
      await answer.run(this.#request, this.#response);
      this.#done(answer);
      return;
    }
    this.#done(answer);
    if (answer.type === 'watch' || answer.type === 'stream') this.#auditStream(codeOf(answer));
    const { headers } = this.#request;
    const turn = passage && (() => flowControl.turns.take(passage.lane));
    const exchange = { request: head, headers, answer, turn, onWatchEvents: metrics.watchEvents };
    await sendResponse(server, exchange, this.#response);
    if (answer.type !== 'watch') this.#audit?.complete(codeOf(answer), answer);
  }

  /** A stream begins now and is over when its client or the server has had enough. */
  #auditStream(code: number): void {
    const audit = this.#audit;
    if (!audit) return;
    this.#audit = undefined;
    audit.started(code);
    if (this.#response.destroyed) audit.complete(code);
    else this.#response.once('close', () => audit.complete(code));
  }

  async #refuse(error: unknown): Promise<void> {
    const { server } = this.#options;
    const answer = errorResponse(server, error, this.#facts);
    this.#done(answer);
    if (!(error instanceof ApiError)) this.#audit?.panicked(error);
    this.#audit?.complete(codeOf(answer), answer);
    const { headers } = this.#request;
    await sendResponse(server, { request: undefined, headers, answer }, this.#response).catch(() =>
      this.#response.destroy(),
    );
  }
}

export function codeOf(answer: ApiServerResponse): number {
  return 'code' in answer ? answer.code : 200;
}
