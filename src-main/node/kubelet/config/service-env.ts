import type { Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/**
 * Variables by which a container finds the services of its namespace, in both of the old forms.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function serviceEnvironment(services: readonly DeepReadonly<Service>[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) {
    const ip = service.spec?.clusterIP;
    const ports = service.spec?.ports ?? [];
    const [first] = ports;
    if (!ip || ip === 'None' || !first) continue;
    const prefix = variableName(service.metadata?.name ?? '');
    variables.set(`${prefix}_SERVICE_HOST`, ip);
    variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
    for (const port of ports) {
      if (port.name) variables.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    }
    addLinks(variables, { prefix, ip, ports });
  }
  return variables;
}

interface Links {
  readonly prefix: string;
  readonly ip: string;
  readonly ports: NonNullable<NonNullable<DeepReadonly<Service>['spec']>['ports']>;
}

function addLinks(variables: Map<string, string>, { prefix, ip, ports }: Links): void {
  for (const [index, port] of ports.entries()) {
    const protocol = port.protocol ?? 'TCP';
    const host = ip.includes(':') ? `[${ip}]` : ip;
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
    if (index === 0) variables.set(`${prefix}_PORT`, url);
    const base = `${prefix}_PORT_${port.port}_${protocol}`;
    variables.set(base, url);
    variables.set(`${base}_PROTO`, protocol.toLowerCase());
    variables.set(`${base}_PORT`, String(port.port));
    variables.set(`${base}_ADDR`, ip);
  }
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
