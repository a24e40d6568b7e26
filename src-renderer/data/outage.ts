import { ApiError } from '@shared/api/status.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { createWritable, type Readable } from './readable.ts';

export interface Outage {
  readonly reachable: Readable<boolean>;
  /** A call found nobody there. Asking begins, until somebody answers. */
  failed(): void;
}

export interface OutageOptions {
  readonly clock: Clock;
  /** A cheap question about something that always exists; resolves when it is answered. */
  probe(): Promise<void>;
  /** Called once the API answers again. */
  onBack(): void;
}

const probeEveryMs = 500;

/** The API of a cluster as something that can be away: asked twice a second while it is, and never otherwise. */
export function createOutage({ clock, probe, onBack }: OutageOptions): Outage {
  const reachable = createWritable(true);

  const askLater = () => clock.setTimer(probeEveryMs, () => void ask());

  async function ask(): Promise<void> {
    try {
      await probe();
    } catch (error) {
      if (isOutage(error) || isUnknown(error)) {
        askLater();
        return;
      }
    }
    reachable.set(true);
    onBack();
  }

  return {
    reachable,
    failed() {
      if (!reachable.get()) return;
      reachable.set(false);
      askLater();
    },
  };
}

/** The gateway knows of no such API: the control plane has not come up yet. */
function isUnknown(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** Whether an error says that nobody answered, rather than that the answer was no. */
export function isOutage(error: unknown): boolean {
  if (error instanceof ApiError) return error.code >= 502 && error.code <= 504;
  return error instanceof TypeError && /fetch|network/i.test(error.message);
}
