/** That many questions in a row without an answer, and a server counts as dead. */
const silencesToDeath = 3;
const trialEveryMs = 1000;

/**
 * Whether an upstream server is worth a question. A dead one is asked once a second, by one question at a time; all
 * others fail at once instead of waiting with a socket each. The first answer brings it back.
 */
export class ServerHealth {
  #silences = 0;
  #nextTrialMs = 0;

  /** Whether to ask now; for a dead server a yes is the one trial of this second. `nowMs`: any steady clock. */
  mayAsk(nowMs: number): boolean {
    if (this.#silences < silencesToDeath) return true;
    if (nowMs < this.#nextTrialMs) return false;
    this.#nextTrialMs = nowMs + trialEveryMs;
    return true;
  }

  /** Any answer, also a refusal. */
  answered(): void {
    this.#silences = 0;
  }

  wasSilent(nowMs: number): void {
    this.#silences += 1;
    if (this.#silences === silencesToDeath) this.#nextTrialMs = nowMs + trialEveryMs;
  }
}
