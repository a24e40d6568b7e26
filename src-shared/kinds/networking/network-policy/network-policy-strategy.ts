import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { portNameErrors } from '../../../api/names.ts';
import { validateLabelSelector } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkCidr } from '../../ip-address.ts';
import { cidrWarnings } from '../../ip-warnings.ts';
import { checkPortNumber, invalidEach } from '../../validation.ts';
import type { NetworkPolicy } from '../../wire.ts';
import { isStrictSubnet } from '../strict-ip.ts';

type Spec = NonNullable<Unchecked<NetworkPolicy>['spec']>;
type IngressRule = NonNullable<Spec['ingress']>[number];
type Port = NonNullable<IngressRule['ports']>[number];
type Peer = NonNullable<IngressRule['from']>[number];

const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];

export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  defaults(policy) {
    const spec = policy.spec ?? {};
    policy.spec = spec;
    const ports = [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap((rule) => rule.ports ?? []);
    for (const port of ports) port.protocol ??= 'TCP';
    if ((spec.policyTypes ?? []).length > 0) return;
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: ({ spec }) => checkSpec('spec', spec),
  warnings: ({ spec }) => [
    ...(spec?.ingress ?? []).flatMap(({ from }, index) => blockWarnings(`spec.ingress[${index}].from`, from)),
    ...(spec?.egress ?? []).flatMap(({ to }, index) => blockWarnings(`spec.egress[${index}].to`, to)),
  ],
};

function blockWarnings(field: string, peers: readonly Peer[] | undefined): string[] {
  return (peers ?? []).flatMap(({ ipBlock }, index) => {
    const at = `${field}[${index}].ipBlock`;
    if (!ipBlock) return [];
    return [
      ...cidrWarnings(`${at}.cidr`, ipBlock.cidr ?? ''),
      ...(ipBlock.except ?? []).flatMap((cidr, i) => cidrWarnings(`${at}.except[${i}]`, cidr)),
    ];
  });
}

function checkSpec(field: string, spec: Spec | undefined): FieldError[] {
  const errors = validateLabelSelector(spec?.podSelector, `${field}.podSelector`);
  for (const [index, { ports, from }] of (spec?.ingress ?? []).entries()) {
    const at = `${field}.ingress[${index}]`;
    errors.push(...checkPorts(`${at}.ports`, ports), ...checkPeers(`${at}.from`, from));
  }
  for (const [index, { ports, to }] of (spec?.egress ?? []).entries()) {
    const at = `${field}.egress[${index}]`;
    errors.push(...checkPorts(`${at}.ports`, ports), ...checkPeers(`${at}.to`, to));
  }
  const types = spec?.policyTypes ?? [];
  const at = `${field}.policyTypes`;
  if (types.length > policyTypes.length) {
    return [...errors, invalid(at, types, 'may not specify more than two policyTypes')];
  }
  for (const [index, type] of types.entries()) {
    if (!policyTypes.includes(type)) errors.push(notSupported(`${at}[${index}]`, type, policyTypes));
  }
  return errors;
}

function checkPorts(field: string, ports: readonly Port[] | undefined): FieldError[] {
  return (ports ?? []).flatMap((port, index) => checkPort(`${field}[${index}]`, port));
}

function checkPort(field: string, { protocol, port, endPort }: Port): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(protocol)) {
    errors.push(notSupported(`${field}.protocol`, protocol, protocols));
  }
  const end = `${field}.endPort`;
  if (port === undefined) {
    if (endPort === undefined) return errors;
    return [...errors, invalid(end, endPort, 'may not be specified when `port` is not specified')];
  }
  if (typeof port === 'string') {
    if (endPort !== undefined) {
      errors.push(invalid(end, endPort, 'may not be specified when `port` is non-numeric'));
    }
    return [...errors, ...invalidEach(`${field}.port`, port, portNameErrors(port))];
  }
  errors.push(...checkPortNumber(`${field}.port`, port));
  if (endPort === undefined) return errors;
  if (endPort < port) errors.push(invalid(end, port, 'must be greater than or equal to `port`'));
  return [...errors, ...checkPortNumber(end, endPort)];
}

function checkPeers(field: string, peers: readonly Peer[] | undefined): FieldError[] {
  return (peers ?? []).flatMap((peer, index) => checkPeer(`${field}[${index}]`, peer));
}

function checkPeer(field: string, { podSelector, namespaceSelector, ipBlock }: Peer): FieldError[] {
  const errors = [
    ...(podSelector ? validateLabelSelector(podSelector, `${field}.podSelector`) : []),
    ...(namespaceSelector ? validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`) : []),
    ...(ipBlock ? checkIpBlock(`${field}.ipBlock`, ipBlock) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) {
    errors.push(required(field, 'must specify a peer'));
  } else if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(forbidden(field, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function checkIpBlock(field: string, { cidr, except }: NonNullable<Peer['ipBlock']>): FieldError[] {
  if (!cidr) return [required(`${field}.cidr`)];
  const errors = checkCidr(`${field}.cidr`, cidr);
  if (errors.length > 0) return errors;
  return (except ?? []).flatMap((inner, index) => {
    const at = `${field}.except[${index}]`;
    const malformed = checkCidr(at, inner);
    if (malformed.length > 0 || isStrictSubnet(inner, cidr)) return malformed;
    return [invalid(at, inner, 'must be a strict subset of `cidr`')];
  });
}
