import type { ServicePortPlan } from './plan.ts';

/** One UDP flow as `conntrack -L` prints it. */
interface Flow {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: string;
  readonly destinationPort: string;
  readonly replySource: string;
  readonly replySourcePort: string;
}

/**
 * Arguments for `conntrack`, one list per UDP flow that must be forgotten: its client keeps sending, so the kernel
 * would go on using the backend picked first, though that one no longer serves the Service, or no backend at all
 * though one has come. `listing` is the output of `conntrack -L -p udp`.
 */
export function staleFlows(
  listing: string,
  plans: readonly ServicePortPlan[],
  nodeAddresses: ReadonlySet<string>,
): string[][] {
  const byAddress = new Map<string, ServicePortPlan>();
  const byNodePort = new Map<string, ServicePortPlan>();
  for (const plan of plans) {
    if (plan.protocol !== 'udp') continue;
    for (const ip of [plan.clusterIp, ...plan.externalIps, ...plan.loadBalancerIps])
      byAddress.set(`${ip} ${plan.port}`, plan);
    if (plan.nodePort !== undefined) byNodePort.set(`${plan.family} ${plan.nodePort}`, plan);
  }
  return listing.split('\n').flatMap((line) => {
    const flow = parseFlow(line);
    if (!flow) return [];
    const family = flow.destination.includes(':') ? 'ip6' : 'ip';
    const nodePort = nodeAddresses.has(flow.destination)
      ? byNodePort.get(`${family} ${flow.destinationPort}`)
      : undefined;
    const plan = byAddress.get(`${flow.destination} ${flow.destinationPort}`) ?? nodePort;
    return plan && isStale(flow, plan) ? [deletion(flow)] : [];
  });
}

function isStale(flow: Flow, { backends, localBackends }: ServicePortPlan): boolean {
  const all = [...backends, ...localBackends];
  const wasSent = flow.replySource !== flow.destination;
  if (!wasSent) return all.length > 0;
  return !all.some(({ ip, port }) => ip === flow.replySource && String(port) === flow.replySourcePort);
}

function deletion({ source, destination, sourcePort, destinationPort }: Flow): string[] {
  const family = destination.includes(':') ? 'ipv6' : 'ipv4';
  const ports = ['--sport', sourcePort, '--dport', destinationPort];
  return ['-D', '-f', family, '-p', 'udp', '-s', source, '-d', destination, ...ports];
}

function parseFlow(line: string): Flow | undefined {
  if (!/^(ipv[46]\s+\d+\s+)?udp\s/.test(line)) return undefined;
  const values = (key: string) =>
    [...line.matchAll(new RegExp(`\\b${key}=(\\S+)`, 'g'))].map(([, value = '']) => value);
  const [source, replySource] = values('src');
  const [destination] = values('dst');
  const [sourcePort, replySourcePort] = values('sport');
  const [destinationPort] = values('dport');
  if (!source || !replySource || !destination || !sourcePort || !replySourcePort || !destinationPort)
    return undefined;
  return { source, destination, sourcePort, destinationPort, replySource, replySourcePort };
}
