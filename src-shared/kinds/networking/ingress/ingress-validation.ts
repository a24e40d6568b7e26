import { invalid, notSupported, required } from '../../../api/field-errors.ts';
import { dnsLabelErrors, portNameErrors, wildcardSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkIp, parseIp } from '../../ip-address.ts';
import { checkDnsSubdomain, checkPortNumber, invalidEach } from '../../validation.ts';
import type { Ingress } from '../../wire.ts';
import { checkObjectReference } from '../object-reference.ts';

type ReadonlyIngress = Unchecked<Ingress>;
type Spec = NonNullable<ReadonlyIngress['spec']>;
type Rule = NonNullable<Spec['rules']>[number];
type Path = NonNullable<NonNullable<Rule['http']>['paths']>[number];
type Backend = NonNullable<Spec['defaultBackend']>;
type Point = NonNullable<
  NonNullable<NonNullable<ReadonlyIngress['status']>['loadBalancer']>['ingress']
>[number];

const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

export const ingressStrategy: Strategy<Ingress> = {
  validate: ({ spec }) => checkSpec('spec', spec ?? {}),
  validateCreate: checkClassAnnotation,
  validateStatusUpdate: ({ status }) =>
    (status?.loadBalancer?.ingress ?? []).flatMap((point, index) =>
      checkPoint(`status.loadBalancer.ingress[${index}]`, point),
    ),
  warnings: ({ metadata }, old) =>
    old || metadata?.annotations?.[classAnnotation] === undefined
      ? []
      : [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
};

function checkClassAnnotation({ metadata, spec }: ReadonlyIngress): FieldError[] {
  const annotation = metadata?.annotations?.[classAnnotation];
  const name = spec?.ingressClassName;
  if (annotation === undefined || name === undefined || annotation === name) return [];
  const text = 'must match `ingressClassName` when both are specified';
  return [invalid(`annotations.${classAnnotation}`, annotation, text)];
}

function checkSpec(field: string, spec: Spec): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    errors.push(invalid(field, spec.rules, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend) errors.push(...checkBackend(`${field}.defaultBackend`, defaultBackend));
  errors.push(...rules.flatMap((rule, index) => checkRule(`${field}.rules[${index}]`, rule)));
  for (const [index, { hosts = [], secretName }] of tls.entries()) {
    const at = `${field}.tls[${index}]`;
    errors.push(...hosts.flatMap((host, i) => checkHost(`${at}.hosts[${i}]`, host)));
    if (secretName) errors.push(...checkDnsSubdomain(`${at}.secretName`, secretName));
  }
  if (ingressClassName !== undefined) {
    errors.push(...checkDnsSubdomain(`${field}.ingressClassName`, ingressClassName));
  }
  return errors;
}

function checkHost(field: string, host: string): FieldError[] {
  return host.includes('*')
    ? invalidEach(field, host, wildcardSubdomainErrors(host))
    : checkDnsSubdomain(field, host);
}

function checkRule(field: string, { host = '', http }: Rule): FieldError[] {
  const errors: FieldError[] = [];
  if (host !== '') {
    if (parseIp(host)) {
      errors.push(invalid(`${field}.host`, host, 'must be a DNS name, not an IP address'));
    }
    errors.push(...checkHost(`${field}.host`, host));
  }
  if (!http) return errors;
  const at = `${field}.http.paths`;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(at));
  return [...errors, ...paths.flatMap((path, index) => checkPath(`${at}[${index}]`, path))];
}

function checkPath(field: string, { path = '', pathType, backend }: Path): FieldError[] {
  if (!pathType) return [required(`${field}.pathType`, 'pathType must be specified')];
  const errors: FieldError[] = [];
  const fail = (text: string) => errors.push(invalid(`${field}.path`, path, text));
  switch (pathType) {
    case 'Exact':
    case 'Prefix':
      if (!path.startsWith('/')) fail('must be an absolute path');
      for (const part of badSequences) if (path.includes(part)) fail(`must not contain '${part}'`);
      for (const end of badEnds) if (path.endsWith(end)) fail(`cannot end with '${end}'`);
      break;
    case 'ImplementationSpecific':
      if (path !== '' && !path.startsWith('/')) fail('must be an absolute path');
      break;
    default:
      errors.push(notSupported(`${field}.pathType`, pathType, pathTypes));
  }
  return [...errors, ...checkBackend(`${field}.backend`, backend ?? {})];
}

function checkBackend(field: string, { service, resource }: Backend): FieldError[] {
  if (resource && service) return [invalid(field, '', 'cannot set both resource and service backends')];
  if (resource) return checkObjectReference(`${field}.resource`, resource);
  if (!service) return [invalid(field, '', 'resource or service backend is required')];
  const errors = service.name
    ? invalidEach(`${field}.service.name`, service.name, dnsLabelErrors(service.name))
    : [required(`${field}.service.name`)];
  return [...errors, ...checkBackendPort(field, service.port ?? {})];
}

function checkBackendPort(
  field: string,
  { name, number }: { readonly name?: string; readonly number?: number },
): FieldError[] {
  const at = `${field}.service.port`;
  if (name && number) return [invalid(field, '', 'cannot set both port name & port number')];
  if (name) return invalidEach(`${at}.name`, name, portNameErrors(name));
  return number
    ? checkPortNumber(`${at}.number`, number)
    : [required(field, 'port name or number is required')];
}

function checkPoint(field: string, { ip, hostname }: Point): FieldError[] {
  const errors = ip ? checkIp(`${field}.ip`, ip) : [];
  if (!hostname) return errors;
  errors.push(...checkDnsSubdomain(`${field}.hostname`, hostname));
  if (parseIp(hostname)) {
    errors.push(invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address'));
  }
  return errors;
}
