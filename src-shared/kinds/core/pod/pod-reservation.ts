import { compareQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Container, ContainerStatus, Pod } from '../../wire.ts';
import { podLimits, podRequests, type ResourceTotals } from './pod-resources.ts';

type Quantities = Readonly<Record<string, string>>;

/**
 * What a pod takes of its node, as {@link podRequests}, while its resources change: for each container the most of
 * what it asks for, has been promised and has. What the kubelet has called infeasible does not count.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
export function reservedRequests(pod: Unchecked<Pod>): ResourceTotals {
  return podRequests(
    whileChanging(pod, 'requests', ({ allocatedResources, resources }) => [
      allocatedResources,
      resources?.requests,
    ]),
  );
}

/** The limits of a pod, as {@link podLimits}, while they change: those it has or is to have, whichever are higher. */
export function reservedLimits(pod: Unchecked<Pod>): ResourceTotals {
  return podLimits(whileChanging(pod, 'limits', ({ resources }) => [resources?.limits]));
}

type Present = (status: Unchecked<ContainerStatus>) => readonly (Quantities | undefined)[];

/** The pod with what counts in place of what its containers ask for; the pod itself where that is the same. */
function whileChanging(pod: Unchecked<Pod>, side: 'requests' | 'limits', present: Present): Unchecked<Pod> {
  const { spec, status } = pod;
  const presentOf = new Map(
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map((one) => [
      one.name,
      present(one),
    ]),
  );
  const differs = ({ name, resources }: Unchecked<Container>) =>
    (presentOf.get(name) ?? []).some((amounts) =>
      resizable.some(
        (resource) =>
          amounts?.[resource] !== undefined && amounts[resource] !== resources?.[side]?.[resource],
      ),
    );
  const own = spec?.resources && { name: '', resources: spec.resources };
  if (status?.resources ?? status?.allocatedResources) presentOf.set('', present({ ...nameless, ...status }));
  const all = [...(own ? [own] : []), ...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  if (!spec || !all.some(differs)) return pod;
  const isInfeasible =
    status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ??
    false;
  const reserved = <C extends Unchecked<Container>>(container: C): C => {
    if (!differs(container)) return container;
    const own = container.resources?.[side];
    const amounts = [...(isInfeasible ? [] : [own]), ...(presentOf.get(container.name) ?? [])];
    return { ...container, resources: { ...container.resources, [side]: { ...own, ...largest(amounts) } } };
  };
  return {
    ...pod,
    spec: {
      ...spec,
      ...(own && { resources: reserved(own).resources }),
      containers: spec.containers?.map(reserved),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(reserved) }),
    } as typeof spec,
  };
}

const nameless = { name: '', image: '', imageID: '', ready: true, restartCount: 0 };

const resizable = ['cpu', 'memory'];

/** The larger of each; malformed quantities count as none. */
function largest(all: readonly (Quantities | undefined)[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of resizable) {
    const quantities = all.flatMap((amounts) => {
      const text = amounts?.[name];
      return text !== undefined && parseQuantity(text) ? [text] : [];
    });
    const most = quantities.toSorted(compareQuantity).at(-1);
    if (most !== undefined) found[name] = most;
  }
  return found;
}
