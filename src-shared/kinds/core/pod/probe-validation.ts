import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkNonNegative, checkPortNumber, checkPortNumberOrName } from '../../validation.ts';
import type { Container, Lifecycle, Probe } from '../../wire.ts';

type ReadonlyProbe = Unchecked<Probe>;
type Handlers = Pick<ReadonlyProbe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & {
  readonly sleep?: { readonly seconds?: number };
};

/** Probes and hooks of a container that runs for long; `field` is the container's path. */
export function checkProbesAndHooks(
  field: string,
  container: Unchecked<Container>,
  graceSeconds: number | undefined,
): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...(lifecycle ? checkLifecycle(`${field}.lifecycle`, lifecycle, graceSeconds) : []),
    ...(livenessProbe ? checkDecidingProbe(`${field}.livenessProbe`, livenessProbe) : []),
    ...(readinessProbe ? checkReadinessProbe(`${field}.readinessProbe`, readinessProbe) : []),
    ...(startupProbe ? checkDecidingProbe(`${field}.startupProbe`, startupProbe) : []),
  ];
}

/** Liveness and startup probes: one success is enough. */
function checkDecidingProbe(field: string, probe: ReadonlyProbe): FieldError[] {
  const errors = checkProbe(field, probe);
  if (probe.successThreshold !== 1) {
    errors.push(invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return errors;
}

function checkReadinessProbe(field: string, probe: ReadonlyProbe): FieldError[] {
  const errors = checkProbe(field, probe);
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined) {
    errors.push(
      invalid(`${field}.terminationGracePeriodSeconds`, seconds, 'must not be set for readinessProbes'),
    );
  }
  return errors;
}

const thresholds = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function checkProbe(field: string, probe: ReadonlyProbe): FieldError[] {
  const seconds = probe.terminationGracePeriodSeconds;
  return [
    ...checkHandler(field, probe, undefined),
    ...thresholds.flatMap((key) => checkNonNegative(`${field}.${key}`, probe[key])),
    ...(seconds !== undefined && seconds <= 0
      ? [invalid(`${field}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0')]
      : []),
  ];
}

function checkLifecycle(
  field: string,
  { postStart, preStop }: Unchecked<Lifecycle>,
  graceSeconds: number | undefined,
): FieldError[] {
  return [
    ...(postStart ? checkHandler(`${field}.postStart`, postStart, graceSeconds) : []),
    ...(preStop ? checkHandler(`${field}.preStop`, preStop, graceSeconds) : []),
  ];
}

/** Exactly one handler; of several the first is checked and the others are refused. */
function checkHandler(field: string, handlers: Handlers, graceSeconds: number | undefined): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handlers;
  const given: [string, () => FieldError[]][] = [];
  if (exec) given.push(['exec', () => checkExec(`${field}.exec`, exec)]);
  if (httpGet) given.push(['httpGet', () => checkHttpGet(`${field}.httpGet`, httpGet)]);
  if (tcpSocket) {
    given.push(['tcpSocket', () => checkPortNumberOrName(`${field}.tcpSocket.port`, tcpSocket.port)]);
  }
  if (grpc) given.push(['grpc', () => checkPortNumber(`${field}.grpc.port`, grpc.port)]);
  if (sleep) given.push(['sleep', () => checkSleep(`${field}.sleep`, sleep.seconds ?? 0, graceSeconds)]);
  const [first, ...others] = given;
  if (!first) return [required(field, 'must specify a handler type')];
  const more = others.map(([name]) =>
    forbidden(`${field}.${name}`, 'may not specify more than 1 handler type'),
  );
  return [...first[1](), ...more];
}

function checkExec(field: string, { command }: NonNullable<Handlers['exec']>): FieldError[] {
  return (command ?? []).length === 0 ? [required(`${field}.command`)] : [];
}

const headerName = /^[-A-Za-z0-9]+$/;
const headerText =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

function checkHttpGet(field: string, action: NonNullable<Handlers['httpGet']>): FieldError[] {
  const errors = action.path ? [] : [required(`${field}.path`)];
  errors.push(...checkPortNumberOrName(`${field}.port`, action.port));
  const scheme = action.scheme ?? '';
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') {
    errors.push(notSupported(`${field}.scheme`, scheme, ['HTTP', 'HTTPS']));
  }
  for (const { name = '' } of action.httpHeaders ?? []) {
    if (!headerName.test(name)) errors.push(invalid(`${field}.httpHeaders`, name, headerText));
  }
  return errors;
}

function checkSleep(field: string, seconds: number, graceSeconds: number | undefined): FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  const text = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalid(field, seconds, text)];
}
