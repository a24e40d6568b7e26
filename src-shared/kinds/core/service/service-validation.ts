import { duplicate, forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import { validateLabels } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkCidr, checkIp, checkNonSpecialIp, parseIp } from '../../ip-address.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkOneOf,
  checkOptionalOneOf,
  checkPortNumber,
  checkPortNumberOrName,
  checkQualifiedName,
  invalidEach,
  protocols,
} from '../../validation.ts';
import type { Service, ServicePort } from '../../wire.ts';
import { checkClusterIps } from './cluster-ip-validation.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckNodePort } from './service-spec.ts';

type ReadonlyService = Unchecked<Service>;
type Spec = NonNullable<ReadonlyService['spec']>;
type Port = Unchecked<ServicePort>;

const onlyForLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

/** Every error of a service, cluster IPs and node ports already allocated. */
export function validateService(service: ReadonlyService): FieldError[] {
  const spec: Spec = service.spec ?? {};
  return [
    ...checkTopologyAnnotations(service.metadata?.annotations ?? {}),
    ...checkType(service, spec),
    ...checkPorts('spec.ports', spec.ports ?? []),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...checkAffinity(spec),
    ...checkClusterIps(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => checkExternalIp(`spec.externalIPs[${index}]`, ip)),
    ...checkOneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...checkNodePorts('spec.ports', spec),
    ...checkPortsUnique('spec.ports', spec.ports ?? []),
    ...checkLoadBalancer(spec),
    ...checkRangesAnnotation(service.metadata?.annotations ?? {}, spec),
    ...checkExternalTraffic(service, spec),
    ...checkInternalTraffic(spec),
    ...checkOptionalOneOf('spec.trafficDistribution', spec.trafficDistribution, [
      'PreferClose',
      'PreferSameZone',
      'PreferSameNode',
    ]),
  ];
}

const topologyMode = 'service.kubernetes.io/topology-mode';
const topologyHints = 'service.kubernetes.io/topology-aware-hints';
const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges';

function checkTopologyAnnotations(annotations: Readonly<Record<string, string>>): FieldError[] {
  const mode = annotations[topologyMode];
  const hints = annotations[topologyHints];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const text = `must match annotations[${topologyHints}] when both are specified`;
  return [invalid(`metadata.annotations[${topologyMode}]`, mode, text)];
}

/** The old place for source ranges, which counts where the field is empty. */
function checkRangesAnnotation(annotations: Readonly<Record<string, string>>, spec: Spec): FieldError[] {
  const value = annotations[sourceRanges];
  if (value === undefined || (spec.loadBalancerSourceRanges ?? []).length > 0) return [];
  const field = `metadata.annotations[${sourceRanges}]`;
  const errors = spec.type === 'LoadBalancer' ? [] : [forbidden(field, onlyForLoadBalancer)];
  const ranges = value.trim() === '' ? [] : value.trim().split(',');
  return [...errors, ...ranges.flatMap((range) => checkCidr(field, range.trim()))];
}

function checkType(service: ReadonlyService, spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.ports ?? []).length === 0 && !isHeadless(service) && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  if (isHeadless(service) && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type !== 'ExternalName') return errors;
  const text = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbidden('spec.clusterIPs', text));
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbidden('spec.ipFamilies', text));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', text));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  return [
    ...errors,
    ...(name ? checkDnsSubdomain('spec.externalName', name) : [required('spec.externalName')]),
  ];
}

function checkPorts(field: string, ports: readonly Port[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, port, protocol, targetPort, appProtocol }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (name) {
      errors.push(...checkDnsLabel(`${at}.name`, name));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    } else if (ports.length > 1) errors.push(required(`${at}.name`));
    return [
      ...errors,
      ...checkPortNumber(`${at}.port`, port),
      ...checkOneOf(`${at}.protocol`, protocol, protocols),
      ...checkPortNumberOrName(`${at}.targetPort`, targetPort),
      ...(appProtocol === undefined ? [] : checkQualifiedName(`${at}.appProtocol`, appProtocol)),
    ];
  });
}

const maxAffinitySeconds = 86400;

function checkAffinity({ sessionAffinity, sessionAffinityConfig }: Spec): FieldError[] {
  const errors = checkOneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']);
  const field = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && sessionAffinityConfig) {
    errors.push(forbidden(field, 'must not be set when session affinity is None'));
  }
  if (sessionAffinity !== 'ClientIP') return errors;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    return [
      ...errors,
      required(`${field}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP'),
    ];
  }
  if (seconds > 0 && seconds <= maxAffinitySeconds) return errors;
  const text = `must be greater than 0 and less than ${maxAffinitySeconds}`;
  return [...errors, invalid(`${field}.clientIP.timeoutSeconds`, seconds, text)];
}

function checkExternalIp(field: string, ip: string): FieldError[] {
  const errors = checkIp(field, ip);
  return errors.length > 0 ? errors : checkNonSpecialIp(field, ip);
}

function checkNodePorts(field: string, { type, ports = [] }: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const taken = new Set<string>();
  for (const [index, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const at = `${field}[${index}].nodePort`;
    if (type === 'ClusterIP') errors.push(forbidden(at, "may not be used when `type` is 'ClusterIP'"));
    if (taken.has(`${protocol}/${nodePort}`)) errors.push(duplicate(at, nodePort));
    taken.add(`${protocol}/${nodePort}`);
  }
  return errors;
}

function checkPortsUnique(field: string, ports: readonly Port[]): FieldError[] {
  const taken = new Set<string>();
  return ports.flatMap(({ port, protocol }, index) => {
    const key = `${protocol}/${port}`;
    const errors = taken.has(key) ? [duplicate(`${field}[${index}]`, { protocol, port })] : [];
    taken.add(key);
    return errors;
  });
}

function checkLoadBalancer(spec: Spec): FieldError[] {
  const balanced = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const errors: FieldError[] = [];
  if (ranges.length > 0 && !balanced)
    errors.push(forbidden('spec.LoadBalancerSourceRanges', onlyForLoadBalancer));
  errors.push(
    ...ranges.flatMap((range, index) => checkCidr(`spec.LoadBalancerSourceRanges[${index}]`, range.trim())),
  );
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced) {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', onlyForLoadBalancer));
  }
  if (spec.loadBalancerClass === undefined) return errors;
  const field = 'spec.loadBalancerClass';
  if (!balanced) return [...errors, forbidden(field, onlyForLoadBalancer)];
  return [...errors, ...checkQualifiedName(field, spec.loadBalancerClass)];
}

function checkExternalTraffic(service: ReadonlyService, spec: Spec): FieldError[] {
  const policy = spec.externalTrafficPolicy;
  const field = 'spec.externalTrafficPolicy';
  const errors = isExternallyAccessible(service)
    ? checkOneOf(field, policy, ['Cluster', 'Local'])
    : policy
      ? [invalid(field, policy, 'may only be set for externally-accessible services')]
      : [];
  const port = spec.healthCheckNodePort ?? 0;
  const portField = 'spec.healthCheckNodePort';
  if (needsHealthCheckNodePort(service)) {
    return [...errors, ...(port === 0 ? [required(portField)] : checkPortNumber(portField, port))];
  }
  if (port === 0) return errors;
  const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [...errors, invalid(portField, port, text)];
}

function checkInternalTraffic({ type, internalTrafficPolicy: policy }: Spec): FieldError[] {
  const field = 'spec.internalTrafficPolicy';
  if (policy === undefined) return type === 'ExternalName' ? [] : [required(field)];
  return policy === 'Cluster' || policy === 'Local'
    ? []
    : [notSupported(field, policy, ['Cluster', 'Local'])];
}

/** Errors of a service's status. */
export function validateServiceStatusUpdate({ spec, status }: ReadonlyService): FieldError[] {
  if (spec?.type !== 'LoadBalancer' && (status?.loadBalancer?.ingress ?? []).length > 0) {
    return [forbidden('status.loadBalancer.ingress', "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname, ipMode }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    const errors = ip ? checkIp(`${at}.ip`, ip) : [];
    if (ip && ipMode === undefined)
      errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    if (!ip && ipMode !== undefined) {
      errors.push(forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    }
    if (ip) errors.push(...checkOptionalOneOf(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']));
    if (!hostname) return errors;
    errors.push(...invalidEach(`${at}.hostname`, hostname, dnsSubdomainErrors(hostname)));
    if (!parseIp(hostname)) return errors;
    return [...errors, invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address')];
  });
}
