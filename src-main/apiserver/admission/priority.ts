import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { priorityClassKind } from '@shared/kinds/scheduling/priority-class/kind.ts';
import type { Pod, PriorityClass } from '@shared/kinds/wire.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import type { ApiObject } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';
import { findStored, listStored } from './lookup.ts';

/** Pods get the number that their priority class stands for; one class at most is everybody's default. */
export const priority: AdmissionModule = {
  name: 'Priority',
  handles: ({ kind, operation, subresource }) =>
    subresource === '' &&
    ((kind === podKind && operation === 'CREATE') || (kind === priorityClassKind && operation !== 'DELETE')),
  async mutate(draft, { kind, server }) {
    if (kind === podKind) await resolvePriority(draft as UncheckedDraft<Pod>, server);
  },
  async validate(object, request) {
    if (request.kind === priorityClassKind) await checkSingleDefault(object, request);
    return [];
  },
};

async function resolvePriority(pod: UncheckedDraft<Pod>, server: ServerContext): Promise<void> {
  const { spec } = pod;
  if (!spec) return;
  const refuse = (why: string) => forbidden(podKind, pod.metadata?.name ?? '', why);
  const found = spec.priorityClassName
    ? await findStored(server, priorityClassKind, { name: spec.priorityClassName })
    : await defaultClass(server);
  if (spec.priorityClassName && !found) {
    throw refuse(`no PriorityClass with name ${spec.priorityClassName} was found`);
  }
  if (found && !spec.priorityClassName) spec.priorityClassName = found.metadata?.name ?? '';
  const value = found?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refuse(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** Should there be several, which takes a race, the lowest counts. */
async function defaultClass(server: ServerContext): Promise<Unchecked<PriorityClass> | undefined> {
  const classes = await listStored(server, priorityClassKind);
  return classes
    .filter(({ globalDefault }) => globalDefault)
    .toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

async function checkSingleDefault(
  object: ApiObject,
  { kind, name, server }: AdmissionRequest,
): Promise<void> {
  if (object.globalDefault !== true) return;
  const present = await defaultClass(server);
  const other = present?.metadata?.name;
  if (other === undefined || other === object.metadata.name) return;
  throw forbidden(
    kind,
    object.metadata.name ?? name,
    `PriorityClass ${other} is already marked as default. Only one default can exist`,
  );
}
