import { compareQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Container, ContainerStatus, Pod } from '../../wire.ts';
import { podRequests, type ResourceTotals } from './pod-resources.ts';

type Quantities = Readonly<Record<string, string>>;

/**
 * What a pod takes of its node, as {@link podRequests}, while its resources change: for each container the most of
 * what it asks for, has been promised and has. What the kubelet has called infeasible does not count.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
export function reservedRequests(pod: Unchecked<Pod>): ResourceTotals {
  const { spec, status } = pod;
  const statuses = new Map(
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map((one) => [
      one.name,
      one,
    ]),
  );
  const isChanging = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some((container) =>
    differs(container, statuses.get(container.name)),
  );
  if (!spec || !isChanging) return podRequests(pod);
  const isInfeasible =
    status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ??
    false;
  const reserved = <C extends Unchecked<Container>>(container: C): C => {
    const known = statuses.get(container.name);
    if (!known || !differs(container, known)) return container;
    const own = container.resources?.requests;
    const amounts = [...(isInfeasible ? [] : [own]), known.allocatedResources, known.resources?.requests];
    return { ...container, resources: { ...container.resources, requests: { ...own, ...largest(amounts) } } };
  };
  return podRequests({
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers?.map(reserved),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(reserved) }),
    } as typeof spec,
  });
}

const resizable = ['cpu', 'memory'];

function differs(container: Unchecked<Container>, status: Unchecked<ContainerStatus> | undefined): boolean {
  const wanted: Quantities = container.resources?.requests ?? {};
  return resizable.some((name) =>
    [status?.allocatedResources, status?.resources?.requests].some(
      (amounts) => amounts?.[name] !== undefined && amounts[name] !== wanted[name],
    ),
  );
}

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
