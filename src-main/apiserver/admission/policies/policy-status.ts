import { isReason } from '@shared/api/status.ts';
import { validatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/validating-admission-policy/kind.ts';
import type { ValidatingAdmissionPolicy } from '@shared/kinds/wire.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ServerContext, WriteOptions } from '../../context.ts';
import { cloneJson, type DraftObject } from '../../objects.ts';
import { updateObject } from '../../registry/write.ts';
import { CompiledObjects } from '../matching/compiled-objects.ts';
import { typeCheck } from './type-checking.ts';

type Policy = DeepReadonly<ValidatingAdmissionPolicy>;

const writer: WriteOptions = {
  user: { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
  dryRun: false,
  fieldManager: 'validatingadmissionpolicy-status',
  fieldValidation: 'Ignore',
  force: false,
  isInternal: true,
  warnings: [],
};

/** Checks the types of every validating policy once for each of its generations, and writes down what it found. */
export class PolicyStatus implements Disposable {
  readonly #server: ServerContext;
  readonly #policies: CompiledObjects<Policy>;
  readonly #queue = new Set<string>();
  #isWorking = false;
  #isDisposed = false;

  constructor(server: ServerContext) {
    this.#server = server;
    this.#policies = new CompiledObjects(
      server.store,
      validatingAdmissionPolicyKind,
      (object) => object as unknown as Policy,
    );
    this.#policies.onChange((name, object) => {
      if (object && isUnchecked(object as unknown as Policy)) this.#enqueue(name);
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#policies.dispose();
  }

  #enqueue(name: string): void {
    this.#queue.add(name);
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    // Behind the delivery that brought the change.
    await Promise.resolve();
    for (const name of this.#queue) {
      this.#queue.delete(name);
      if (this.#isDisposed) break;
      try {
        await this.#check(name);
      } catch (error) {
        if (!this.#isDisposed && !isReason(error, 'NotFound'))
          this.#server.log('the types of a policy could not be checked', { name, error: String(error) });
      }
    }
    this.#isWorking = false;
  }

  async #check(name: string): Promise<void> {
    const policy = this.#policies.get(name);
    if (!policy || !isUnchecked(policy)) return;
    const expressionWarnings = typeCheck(this.#server, policy);
    const observedGeneration = policy.metadata?.generation ?? 0;
    const target = { kind: validatingAdmissionPolicyKind, namespace: '', name, subresource: 'status' };
    await updateObject(this.#server, target, writer, (old) => {
      const draft = cloneJson<DraftObject>(old);
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
      draft.status = { ...(draft.status ?? {}), observedGeneration, typeChecking };
      return { draft };
    });
  }
}

function isUnchecked({ metadata, status }: Policy): boolean {
  return (status?.observedGeneration ?? 0) < (metadata?.generation ?? 0);
}
