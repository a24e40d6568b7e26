import { jsonEqual } from '@shared/lib/json.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { cloneJson, type DraftObject, jsonOf } from '../../objects.ts';
import type { AdmissionModule } from '../admission.ts';
import type { Subject } from './subject.ts';

interface Memory {
  /** Asked already, and to be asked again when something changes. */
  invoked: Set<string>;
  readonly due: Set<string>;
  output: JsonObject | null;
}

/** Who of a module's webhooks or policies is asked in the second round. */
export interface Reinvocable {
  /** Always in the first round. */
  isDue(key: string): boolean;
  noteChange(): void;
  noteInvoked(key: string): void;
  finish(): void;
}

/** Source: apiserver, `webhookReinvokeContext`. */
export function reinvocable(module: AdmissionModule, subject: Subject): Reinvocable {
  const { reinvocation } = subject.request;
  let memory = reinvocation.memory.get(module) as Memory | undefined;
  if (!memory) {
    memory = { invoked: new Set(), due: new Set(), output: null };
    reinvocation.memory.set(module, memory);
  }
  const known = memory;
  const requireInvoked = () => {
    for (const key of known.invoked) known.due.add(key);
    known.invoked = new Set();
  };
  const { isSecondRound } = reinvocation;
  if (isSecondRound && !jsonEqual(known.output ?? undefined, subject.object ?? undefined)) requireInvoked();
  return {
    isDue: (key) => !isSecondRound || known.due.has(key),
    noteChange() {
      requireInvoked();
      reinvocation.isWanted = true;
    },
    noteInvoked: (key) => void known.invoked.add(key),
    finish() {
      // Only who may be asked again has to know; what follows edits the object in place.
      known.output = known.invoked.size > 0 ? cloneJson<JsonObject | null>(subject.object) : null;
    },
  };
}

/** Brings what became of the object into the draft. */
export function putBack(draft: DraftObject, { object, request }: Subject): void {
  if (!object) return;
  if (request.view) {
    request.view.apply?.(draft, object);
    return;
  }
  if (object === jsonOf(draft)) return;
  for (const key of Object.keys(draft)) delete draft[key];
  Object.assign(draft, object);
}
