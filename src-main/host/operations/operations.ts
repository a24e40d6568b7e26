import { randomUUID } from 'node:crypto';
import { AppError } from '@shared/lib/app-error.ts';
import { printableLine, printableText } from '@shared/lib/printable.ts';
import type { Operation, Step } from '@shared/rpc/contract.ts';
import { toErrorBody } from '../error-body.ts';

const logLines = 200;
const announceEveryMs = 100;
const keepFinished = 50;

/** What the work of one step may say while it goes on; it may be others' words, which are made safe to show. */
export interface StepReporter {
  note(text: string): void;
  log(line: string): void;
  /** Ends the step as skipped (nothing had to be done). */
  skip(note: string): void;
}

/** One step of an operation: `run` rejects to fail the whole operation. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  run(reporter: StepReporter, signal: AbortSignal): Promise<void>;
}

export interface PlannedOperation {
  readonly title: string;
  readonly cluster: string | null;
  readonly steps: readonly PlannedStep[];
  /** Runs after a failure or cancellation, to undo what was begun. Its own failure is added to the step log. */
  undo?(): Promise<void>;
}

type MutableStep = { -readonly [K in keyof Step]: Step[K] extends readonly string[] ? string[] : Step[K] };
type MutableOperation = Omit<{ -readonly [K in keyof Operation]: Operation[K] }, 'steps'> & {
  steps: MutableStep[];
};

interface Running {
  readonly operation: MutableOperation;
  readonly abort: AbortController;
  readonly finished: Promise<Operation>;
}

/**
 * Runs operations step by step and announces each one whole after a change, at most ten times a second.
 * Finished operations stay listed until fifty newer ones have come.
 */
export class Operations {
  readonly #announce: (operation: Operation) => void;
  readonly #all = new Map<string, Running>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(announce: (operation: Operation) => void) {
    this.#announce = announce;
  }

  list(): readonly Operation[] {
    return [...this.#all.values()].map(({ operation }) => operation);
  }

  /** Begins at once; returns the operation's id. */
  start(planned: PlannedOperation): string {
    const id = randomUUID();
    const operation: MutableOperation = {
      id,
      title: printableLine(planned.title),
      cluster: planned.cluster,
      state: 'running',
      startedAt: new Date().toISOString(),
      finishedAt: null,
      steps: planned.steps.map(({ id: stepId, title }) => ({
        id: stepId,
        title: printableLine(title),
        state: 'waiting',
        note: '',
        startedAt: null,
        finishedAt: null,
        log: [],
      })),
      error: null,
    };
    const abort = new AbortController();
    const finished = this.#run(planned, operation, abort.signal);
    this.#all.set(id, { operation, abort, finished });
    this.#forgetOld();
    return id;
  }

  /** Asks an operation to stop; harmless when it is over. Unknown ids are refused. */
  cancel(id: string): void {
    const running = this.#all.get(id);
    if (!running) throw new AppError({ code: 'NotFound', message: `There is no operation ${id}.` });
    running.abort.abort(new AppError({ code: 'Cancelled', message: 'Cancelled.' }));
  }

  /** The operation once it is over, whatever its outcome. */
  async finished(id: string): Promise<Operation> {
    const running = this.#all.get(id);
    if (!running) throw new AppError({ code: 'NotFound', message: `There is no operation ${id}.` });
    return running.finished;
  }

  /** Cancels what runs and waits until it has ended. */
  async close(): Promise<void> {
    const running = [...this.#all.values()];
    for (const { operation, abort } of running) {
      if (operation.state === 'running')
        abort.abort(new AppError({ code: 'Cancelled', message: 'Slipway is closing.' }));
    }
    await Promise.all(running.map(({ finished }) => finished));
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #run(
    planned: PlannedOperation,
    operation: MutableOperation,
    signal: AbortSignal,
  ): Promise<Operation> {
    try {
      for (const [index, step] of planned.steps.entries()) {
        const state = operation.steps[index];
        if (!state) continue;
        signal.throwIfAborted();
        await this.#runStep(step, { operation, state, signal });
      }
      operation.state = 'done';
    } catch (error) {
      const reason = signal.aborted ? signal.reason : error;
      operation.error = toErrorBody(reason);
      operation.state = operation.error.code === 'Cancelled' ? 'cancelled' : 'failed';
      await undo(planned, operation);
    }
    operation.finishedAt = new Date().toISOString();
    this.#changed(operation, true);
    return operation;
  }

  async #runStep(
    step: PlannedStep,
    running: { operation: MutableOperation; state: MutableStep; signal: AbortSignal },
  ): Promise<void> {
    const { operation, state, signal } = running;
    state.state = 'running';
    state.startedAt = new Date().toISOString();
    this.#changed(operation, true);
    const reporter: StepReporter = {
      note: (text) => {
        state.note = printableLine(text);
        this.#changed(operation);
      },
      log: (line) => {
        state.log.push(printableText(line));
        if (state.log.length > logLines) state.log.splice(0, state.log.length - logLines);
        this.#changed(operation);
      },
      skip: (note) => {
        state.state = 'skipped';
        state.note = printableLine(note);
      },
    };
    try {
      await step.run(reporter, signal);
      if (state.state === 'running') state.state = 'done';
    } catch (error) {
      state.state = 'failed';
      for (const line of toErrorBody(error).detail?.split('\n') ?? []) reporter.log(line);
      throw error;
    } finally {
      state.finishedAt = new Date().toISOString();
      this.#changed(operation, true);
    }
  }

  #changed(operation: MutableOperation, now = false): void {
    const timer = this.#timers.get(operation.id);
    if (now) {
      clearTimeout(timer);
      this.#timers.delete(operation.id);
      this.#announce(operation);
    } else if (!timer) {
      this.#timers.set(
        operation.id,
        setTimeout(() => this.#changed(operation, true), announceEveryMs),
      );
    }
  }

  #forgetOld(): void {
    const over = [...this.#all].filter(([, { operation }]) => operation.state !== 'running');
    for (const [id] of over.slice(0, Math.max(0, over.length - keepFinished))) this.#all.delete(id);
  }
}

async function undo(planned: PlannedOperation, operation: MutableOperation): Promise<void> {
  try {
    await planned.undo?.();
  } catch (error) {
    const failed = operation.steps.find(({ state }) => state === 'failed') ?? operation.steps[0];
    failed?.log.push(`cleaning up: ${toErrorBody(error).message}`);
  }
}
