import type { Unchecked } from '../../../lib/types.ts';
import type { ContainerPort, PodSpec } from '../../wire.ts';
import { containersWithPath } from './pod-containers.ts';

interface PlacedPort {
  readonly at: string;
  readonly port: Unchecked<ContainerPort>;
}

/** Ports of a pod that get in each other's way, by number or by name; `field` is the path of the spec. */
export function portWarnings(field: string, spec: Unchecked<PodSpec>): string[] {
  const ports: PlacedPort[] = containersWithPath(field, spec).flatMap(({ at, container }) =>
    (container.ports ?? []).map((port, index) => ({ at: `${at}.ports[${index}]`, port })),
  );
  return [...numberWarnings(ports), ...nameWarnings(ports)];
}

function numberWarnings(ports: readonly PlacedPort[]): string[] {
  return ports.flatMap((placed, index) => {
    const { at, port } = placed;
    const earlier = ports
      .slice(0, index)
      .filter(
        (other) => other.port.containerPort === port.containerPort && other.port.protocol === port.protocol,
      );
    const useless =
      port.hostIP && !port.hostPort ? [`${at}: hostIP set without hostPort: ${portText(port)}`] : [];
    return [...useless, ...earlier.flatMap((other) => clash(placed, other))];
  });
}

function clash({ at, port }: PlacedPort, other: PlacedPort): string[] {
  const { hostIP = '', hostPort = 0 } = port;
  const { hostIP: otherIp = '', hostPort: otherPort = 0 } = other.port;
  if (hostIP === otherIp && hostPort === otherPort)
    return [`${at}: duplicate port definition with ${other.at}`];
  if (hostPort === 0 || otherPort === 0) return [`${at}: overlapping port definition with ${other.at}`];
  const ambiguous = hostPort === otherPort && (hostIP === '') !== (otherIp === '');
  return ambiguous ? [`${at}: dangerously ambiguous port definition with ${other.at}`] : [];
}

/** A port as Go prints it. */
function portText({
  name = '',
  hostPort = 0,
  containerPort,
  protocol = '',
  hostIP = '',
}: PlacedPort['port']): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function nameWarnings(ports: readonly PlacedPort[]): string[] {
  const first = new Map<string, string>();
  return ports.flatMap(({ at, port: { name } }) => {
    if (!name) return [];
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, at);
      return [];
    }
    return [
      `${at}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
    ];
  });
}
