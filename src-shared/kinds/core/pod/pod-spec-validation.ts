import { forbidden, invalid, required, tooLong } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkIp } from '../../ip-address.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkOneOf,
  checkOptionalOneOf,
  checkRange,
} from '../../validation.ts';
import type { PodSpec } from '../../wire.ts';
import { checkAllContainers } from './container-validation.ts';
import { checkFileKeyVolumes } from './env-validation.ts';
import type { PodContext } from './pod-context.ts';
import { checkPodLevelResources } from './pod-level-validation.ts';
import { checkResourceClaims } from './resource-claim-validation.ts';
import { checkOverhead } from './resource-validation.ts';
import { checkScheduling } from './scheduling-validation.ts';
import { checkHostUsers, checkPodSecurity } from './security-validation.ts';
import { checkVolumes } from './volume-validation.ts';
import { checkHostProcess, checkOs } from './windows-validation.ts';

type ReadonlySpec = Unchecked<PodSpec>;

const maxInt32 = 2147483647;

/** Every error of a pod spec, in a pod or in a template; `field` is the path of the spec. */
export function checkPodSpec(field: string, context: PodContext): FieldError[] {
  const { spec } = context;
  const grace = spec.terminationGracePeriodSeconds;
  const volumes = checkVolumes(`${field}.volumes`, context);
  return [
    ...(grace === undefined ? [required(`${field}.terminationGracePeriodSeconds`)] : []),
    ...volumes.errors,
    ...checkResourceClaims(`${field}.resourceClaims`, context),
    ...checkAllContainers(field, { ...context, volumes: volumes.sound }),
    ...checkPodLevelResources(field, spec),
    ...checkHostNetworkPorts(field, context),
    ...checkOneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...checkOneOf(`${field}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...checkPodSecurity(field, spec),
    ...checkScheduling(field, spec),
    ...checkDnsConfig(`${field}.dnsConfig`, spec),
    ...checkHostProcess(field, spec),
    ...checkHostUsers(field, spec),
    ...checkNames(field, spec),
    ...checkDeadline(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...checkHostAliases(`${field}.hostAliases`, spec),
    ...checkOptionalOneOf(`${field}.preemptionPolicy`, spec.preemptionPolicy, [
      'PreemptLowerPriority',
      'Never',
    ]),
    ...(spec.overhead ? checkOverhead(`${field}.overhead`, spec.overhead) : []),
    ...checkOs(field, spec),
    ...checkFileKeyVolumes(field, spec),
  ];
}

function checkNames(field: string, spec: ReadonlySpec): FieldError[] {
  const subdomain = (key: 'serviceAccountName' | 'nodeName' | 'priorityClassName' | 'runtimeClassName') => {
    const value = spec[key];
    return value ? checkDnsSubdomain(`${field}.${key}`, value) : [];
  };
  return [
    ...subdomain('serviceAccountName'),
    ...subdomain('nodeName'),
    ...(spec.hostname ? checkDnsLabel(`${field}.hostname`, spec.hostname) : []),
    ...(spec.subdomain ? checkDnsLabel(`${field}.subdomain`, spec.subdomain) : []),
    ...(spec.hostnameOverride === undefined ? [] : checkHostnameOverride(field, spec, spec.hostnameOverride)),
    ...subdomain('priorityClassName'),
    ...subdomain('runtimeClassName'),
  ];
}

/** What the kernel takes for a host's name. */
const maxHostnameBytes = 64;

/** A name for the pod's host that nothing else may determine as well. */
function checkHostnameOverride(field: string, spec: ReadonlySpec, name: string): FieldError[] {
  const at = `${field}.hostnameOverride`;
  const errors: FieldError[] = [];
  if (spec.setHostnameAsFQDN === true) {
    errors.push(forbidden(at, 'may not be specified when setHostnameAsFQDN is true'));
  }
  if (spec.hostNetwork === true) errors.push(forbidden(at, 'may not be specified when hostNetwork is true'));
  if (name.length > maxHostnameBytes) errors.push(tooLong(at, maxHostnameBytes));
  return [...errors, ...checkDnsSubdomain(at, name)];
}

function checkDeadline(field: string, seconds: number | undefined): FieldError[] {
  return seconds === undefined ? [] : checkRange(field, seconds, { min: 1, max: maxInt32 });
}

/** On the host's network a container port is the host's; in templates it may still be left open. */
function checkHostNetworkPorts(field: string, { spec, isPod }: PodContext): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  const text = 'must match `containerPort` when `hostNetwork` is true';
  return (spec.containers ?? []).flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort = 0, containerPort }, portIndex) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      return [invalid(`${field}.containers[${index}].ports[${portIndex}].hostPort`, hostPort, text)];
    }),
  );
}

function checkDnsConfig(field: string, { dnsPolicy, dnsConfig }: ReadonlySpec): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((dnsConfig.nameservers ?? []).length === 0) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(`${field}.nameservers`, text)];
    }
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const errors: FieldError[] = [];
  if (nameservers.length > 3) {
    errors.push(invalid(`${field}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  }
  errors.push(...nameservers.flatMap((ip, index) => checkIp(`${field}.nameservers[${index}]`, ip)));
  if (searches.length > 32) {
    errors.push(invalid(`${field}.searches`, searches, 'must not have more than 32 search paths'));
  }
  if (searches.join(' ').length > 2048) {
    const text = 'must not have more than 2048 characters (including spaces) in the search list';
    errors.push(invalid(`${field}.searches`, searches, text));
  }
  errors.push(...searches.flatMap((search, index) => checkSearch(`${field}.searches[${index}]`, search)));
  for (const [index, option] of options.entries()) {
    if (!option.name) errors.push(required(`${field}.options[${index}]`, 'must not be empty'));
  }
  return errors;
}

const searchFormat = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*';
const searchPattern = /^[a-z0-9_]([-_a-z0-9]*[a-z0-9])?(\.[a-z0-9_]([-_a-z0-9]*[a-z0-9])?)*$/;

/** Search domains may have underscores and end in a dot. */
function checkSearch(field: string, search: string): FieldError[] {
  const domain = search.replace(/\.$/, '');
  if (search === '.' || searchPattern.test(domain)) return [];
  const text = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${searchFormat}')`;
  return [invalid(field, domain, text)];
}

function checkHostAliases(field: string, spec: ReadonlySpec): FieldError[] {
  return (spec.hostAliases ?? []).flatMap(({ ip, hostnames = [] }, index) => [
    ...checkIp(`${field}[${index}].ip`, ip ?? ''),
    ...hostnames.flatMap((name, i) => checkDnsSubdomain(`${field}[${index}].hostnames[${i}]`, name)),
  ]);
}
