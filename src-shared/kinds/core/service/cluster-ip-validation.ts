import { duplicate, forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkIp, ipFamily, isDualStack } from '../../ip-address.ts';
import { checkOptionalOneOf } from '../../validation.ts';
import type { Service } from '../../wire.ts';
import { headless, isHeadless, needsHealthCheckNodePort } from './service-spec.ts';

type ReadonlyService = Unchecked<Service>;
type Spec = NonNullable<ReadonlyService['spec']>;

const families = ['IPv4', 'IPv6'];

/** Cluster IPs, IP families and their policy, which have to fit each other. */
export function checkClusterIps(spec: Spec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const ips = spec.clusterIPs ?? [];
  const errors = [
    ...checkFirst(spec),
    ...checkFamilies(spec.ipFamilies ?? []),
    ...checkOptionalOneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, [
      'PreferDualStack',
      'RequireDualStack',
      'SingleStack',
    ]),
  ];
  const malformed = ips.flatMap((ip, index) => {
    if (index > 0 || ip !== headless) return checkIp(`spec.clusterIPs[${index}]`, ip);
    return ips.length > 1 ? [invalid('spec.clusterIPs', ips, "'None' must be the first and only value")] : [];
  });
  errors.push(...malformed);
  if (ips.length > 2) errors.push(invalid('spec.clusterIPs', ips, 'may only hold up to 2 values'));
  if (malformed.length > 0) return errors;
  if (ips.length > 1 && !isDualStack(ips)) {
    errors.push(invalid('spec.clusterIPs', ips, 'may specify no more than one IP for each IP family'));
  }
  return [...errors, ...checkIpsFitFamilies(ips, spec.ipFamilies ?? [])];
}

/** `clusterIP` is the first of `clusterIPs`. */
function checkFirst({ clusterIP = '', clusterIPs = [] }: Spec): FieldError[] {
  if (clusterIP === '') {
    if (clusterIPs.length === 0) return [];
    return [invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIPs.length === 0) return [required('spec.clusterIPs')];
  if (clusterIPs[0] === clusterIP) return [];
  return [invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`')];
}

function checkFamilies(given: readonly string[]): FieldError[] {
  return given.flatMap((family, index) => {
    const at = `spec.ipFamilies[${index}]`;
    const unknown = families.includes(family) ? [] : [notSupported(at, family, families)];
    return given.indexOf(family) < index ? [...unknown, duplicate(at, family)] : unknown;
  });
}

function checkIpsFitFamilies(ips: readonly string[], given: readonly string[]): FieldError[] {
  if (ips[0] === headless) return [];
  return ips.flatMap((ip, index) => {
    const family = given[index];
    if (family === undefined || !families.includes(family) || ipFamily(ip) === family) return [];
    const text = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    return [invalid(`spec.clusterIPs[${index}]`, ip, text)];
  });
}

const unchangeable = 'may not change once set';

/** What may not change in a service: its first address and family, its load balancer class. */
export function validateServiceUpdate(service: ReadonlyService, old: ReadonlyService): FieldError[] {
  const { spec } = service;
  if (!spec || !old.spec) return [];
  const named = spec.type === 'ExternalName' || old.spec.type === 'ExternalName';
  const headlessNow = isHeadless(service);
  const headlessBefore = isHeadless(old);
  return [
    ...(named || (headlessNow && headlessBefore) ? [] : checkIpChange(spec, old.spec)),
    ...(named || headlessNow || headlessBefore ? [] : checkFamilyChange(spec, old.spec)),
    ...checkBalancerChange(spec, old.spec),
    ...checkHealthPortChange(service, old),
  ];
}

function checkIpChange(spec: Spec, old: Spec): FieldError[] {
  const now = spec.clusterIPs ?? [];
  const before = old.clusterIPs ?? [];
  if (before.length === 0) return [];
  if (now.length === 0) return [invalid('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset')];
  const errors = before.flatMap((ip, index) => {
    const changed = index < now.length && now[index] !== ip;
    return changed && (index === 0 || now.length === before.length)
      ? [invalid(`spec.clusterIPs[${index}]`, now, unchangeable)]
      : [];
  });
  return [...errors, ...checkRelease(spec, now.length < before.length, 'clusterIP')];
}

function checkFamilyChange(spec: Spec, old: Spec): FieldError[] {
  const now = spec.ipFamilies ?? [];
  const before = old.ipFamilies ?? [];
  if (before.length === 0) return [];
  if (now.length === 0) return [invalid('spec.ipFamilies[0]', now, 'primary ipFamily can not be unset')];
  const same = before.every((family, index) => index >= now.length || now[index] === family);
  const errors = same ? [] : [invalid('spec.ipFamilies[0]', now, unchangeable)];
  return [...errors, ...checkRelease(spec, now.length < before.length, 'ipFamily')];
}

function checkRelease(spec: Spec, released: boolean, what: 'clusterIP' | 'ipFamily'): FieldError[] {
  if (!released || spec.ipFamilyPolicy === 'SingleStack') return [];
  const text = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, text)];
}

function checkBalancerChange(spec: Spec, old: Spec): FieldError[] {
  if (spec.type !== 'LoadBalancer' || old.type !== 'LoadBalancer') return [];
  if (spec.loadBalancerClass === old.loadBalancerClass) return [];
  return [invalid('spec.loadBalancerClass', spec.loadBalancerClass, unchangeable)];
}

function checkHealthPortChange(service: ReadonlyService, old: ReadonlyService): FieldError[] {
  if (!needsHealthCheckNodePort(service) || !needsHealthCheckNodePort(old)) return [];
  if (service.spec?.healthCheckNodePort === old.spec?.healthCheckNodePort) return [];
  return [forbidden('spec.healthCheckNodePort', 'field is immutable')];
}
