import type { DeepReadonly } from '../../../lib/types.ts';
import { cidrWarnings, ipWarnings } from '../../ip-warnings.ts';
import type { Service } from '../../wire.ts';
import { headless } from './service-spec.ts';

const topologyHints = 'service.kubernetes.io/topology-aware-hints';

/** What the client is told of a service: fields that are outdated, or that its type makes useless. */
export function serviceWarnings({ metadata, spec = {} }: DeepReadonly<Service>): string[] {
  const { clusterIPs = [], externalIPs = [], externalName, loadBalancerIP = '', type } = spec;
  const warnings: string[] = [];
  if (metadata?.annotations?.[topologyHints] !== undefined) {
    const text = `annotation ${topologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead`;
    warnings.push(text);
  }
  const addresses = clusterIPs.filter((ip) => ip !== headless);
  warnings.push(...addresses.flatMap((ip, index) => ipWarnings(`spec.clusterIPs[${index}]`, ip)));
  if (type === 'ClusterIP' && spec.clusterIP === headless) {
    if (loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity) warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  warnings.push(
    ...externalIPs.flatMap((ip, index) => ipWarnings(`spec.externalIPs[${index}]`, ip)),
    ...ipWarnings('spec.loadBalancerIP', loadBalancerIP),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, index) =>
      cidrWarnings(`spec.loadBalancerSourceRanges[${index}]`, range.trim()),
    ),
  );
  if (type === 'ExternalName' && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (type !== 'ExternalName' && externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  return warnings;
}
