/** News of one step of a longer piece of work; ids are stable, so that a later update replaces an earlier one. */
export interface StepUpdate {
  readonly id: string;
  /** What the step does, e.g. `Build the node image`. */
  readonly title: string;
  readonly state: 'running' | 'done' | 'failed' | 'skipped';
  /** What it is doing now, e.g. `Unpacking containerd`. */
  readonly note?: string;
  /** One more line of its output. */
  readonly logLine?: string;
}

export type OnStep = (update: StepUpdate) => void;

/**
 * Runs `work` as one step: announced when it starts, and when it ends or fails. `report` tells how it goes on;
 * a text is both the new note and a line of the log. Resolving to `skipped` says that nothing had to be done.
 */
export async function runStep<T>(
  step: { readonly id: string; readonly title: string; readonly onStep: OnStep | undefined },
  work: (report: (note: string) => void) => Promise<T>,
): Promise<T> {
  const { id, title, onStep } = step;
  onStep?.({ id, title, state: 'running' });
  try {
    const result = await work((note) => onStep?.({ id, title, state: 'running', note, logLine: note }));
    onStep?.({ id, title, state: result === 'skipped' ? 'skipped' : 'done' });
    return result;
  } catch (error) {
    onStep?.({ id, title, state: 'failed', note: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
