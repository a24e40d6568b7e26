import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { Service } from '../../wire.ts';
import { validateServiceUpdate } from './cluster-ip-validation.ts';
import {
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheckNodePort,
  needsNodePort,
} from './service-spec.ts';
import { validateService, validateServiceStatusUpdate } from './service-validation.ts';
import { serviceWarnings } from './service-warnings.ts';

type Spec = NonNullable<UncheckedDraft<Service>['spec']>;
type OldSpec = NonNullable<Unchecked<Service>['spec']>;

/**
 * Cluster IPs, IP families and node ports that nobody chose are handed out by the API server's allocation,
 * which runs between `prepareForCreate` and `validate`.
 */
export const serviceStrategy: Strategy<Service> = {
  defaults(service) {
    service.spec ??= {};
    defaultService(service, service.spec);
    for (const ingress of service.status?.loadBalancer?.ingress ?? []) {
      if (ingress.ip) ingress.ipMode ??= 'VIP';
    }
  },
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
    const spec = service.spec;
    if (spec?.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
  },
  prepareForUpdate(service, old) {
    if (!service.spec || !old.spec) return;
    keepAllocated(service, service.spec, old);
    alignClusterIps(service.spec, old.spec);
    trimToSingleStack(service.spec, old.spec);
    dropUnneeded(service, service.spec, old);
    if (service.spec.type !== 'LoadBalancer' && service.status) service.status.loadBalancer = {};
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  warnings: serviceWarnings,
};

function defaultService(service: UncheckedDraft<Service>, spec: Spec): void {
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800;
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds } };
  }
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port ?? 0;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (needsClusterIp(service)) spec.internalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** What was allocated stays when a client leaves it out, so that a manifest can be applied again and again. */
function keepAllocated(service: UncheckedDraft<Service>, spec: Spec, old: Unchecked<Service>): void {
  if (!old.spec) return;
  if (needsClusterIp(old) && needsClusterIp(service)) {
    if (!spec.clusterIP && old.spec.clusterIP) spec.clusterIP = old.spec.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.spec.clusterIP) {
      if (old.spec.clusterIPs) spec.clusterIPs = [...old.spec.clusterIPs];
    }
    if ((spec.ipFamilies ?? []).length === 0 && old.spec.ipFamilies)
      spec.ipFamilies = [...old.spec.ipFamilies];
    if (!spec.ipFamilyPolicy && old.spec.ipFamilyPolicy) spec.ipFamilyPolicy = old.spec.ipFamilyPolicy;
  }
  if (needsNodePort(old) && needsNodePort(service)) keepNodePorts(spec, old.spec);
  if (needsHealthCheckNodePort(old) && needsHealthCheckNodePort(service) && old.spec.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.spec.healthCheckNodePort;
  }
}

function keepNodePorts(spec: Spec, old: OldSpec): void {
  const taken = new Set((spec.ports ?? []).map((port) => `${port.protocol}/${port.nodePort ?? 0}`));
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const before = old.ports?.find(
      ({ protocol, port: number }) => protocol === port.protocol && number === port.port,
    );
    if (!before?.nodePort || taken.has(`${before.protocol}/${before.nodePort}`)) continue;
    port.nodePort = before.nodePort;
    taken.add(`${before.protocol}/${before.nodePort}`);
  }
}

/** Clients that know only `clusterIP` change it alone; `clusterIPs` follows. */
function alignClusterIps(spec: Spec, old: OldSpec): void {
  if (!jsonEqual(spec.clusterIPs ?? [], old.clusterIPs ?? [])) return;
  if (old.clusterIP && !spec.clusterIP) delete spec.clusterIPs;
  else if (spec.clusterIP && spec.clusterIP !== old.clusterIP) spec.clusterIPs = [spec.clusterIP];
}

/** Going back to one IP family releases the second address and family. */
function trimToSingleStack(spec: Spec, old: OldSpec): void {
  if (spec.ipFamilyPolicy !== 'SingleStack' || old.ipFamilyPolicy === 'SingleStack') return;
  if (jsonEqual(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs?.splice(1);
  if (jsonEqual(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies?.splice(1);
}

/** On a change of type, what only the old type had and the client did not touch is dropped. */
function dropUnneeded(service: UncheckedDraft<Service>, spec: Spec, old: Unchecked<Service>): void {
  const before = old.spec;
  if (!before) return;
  const drop = <K extends keyof Spec>(key: K) => {
    if (jsonEqual(spec[key], before[key])) delete spec[key];
  };
  if (needsClusterIp(old) && !needsClusterIp(service)) {
    if (jsonEqual(spec.clusterIPs, before.clusterIPs)) drop('clusterIP');
    drop('clusterIPs');
    drop('ipFamilies');
    drop('ipFamilyPolicy');
  }
  if (needsNodePort(old) && !needsNodePort(service)) {
    const numbers = new Set(before.ports?.map((port) => port.nodePort));
    if ((spec.ports ?? []).every((port) => !port.nodePort || numbers.has(port.nodePort))) {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  }
  if (needsHealthCheckNodePort(old) && !needsHealthCheckNodePort(service)) drop('healthCheckNodePort');
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts');
    drop('loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(service)) drop('externalTrafficPolicy');
}
