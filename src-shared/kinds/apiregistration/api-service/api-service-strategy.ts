import { invalid, notSupported, required } from '../../../api/field-errors.ts';
import { dns1035LabelErrors, portNumberErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { base64Length } from '../../../lib/base64.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsSubdomain, invalidEach } from '../../validation.ts';
import type { APIService } from '../../wire.ts';

type Spec = NonNullable<Unchecked<APIService>['spec']>;

const maxGroupPriority = 20_000;
const maxVersionPriority = 1000;
const statuses = ['True', 'False', 'Unknown'];

export const apiServiceStrategy: Strategy<APIService> = {
  defaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  /** What this server serves itself is there from the start. */
  prepareForCreate(draft) {
    if (draft.spec?.service) return;
    const condition = {
      type: 'Available',
      status: 'True',
      reason: 'Local',
      message: 'Local APIServices are always available',
    };
    const lastTransitionTime = draft.metadata?.creationTimestamp;
    draft.status = { conditions: [{ ...condition, ...(lastTransitionTime && { lastTransitionTime }) }] };
  },
  validate: ({ metadata, spec }) => [
    ...checkName('metadata.name', metadata?.name ?? '', spec),
    ...checkSpec('spec', spec),
  ],
  validateStatusUpdate: ({ status }) =>
    (status?.conditions ?? []).flatMap(({ status: value = '' }, index) =>
      statuses.includes(value) ? [] : [notSupported(`status.conditions[${index}].status`, value, statuses)],
    ),
};

function checkName(field: string, name: string, spec: Spec | undefined): FieldError[] {
  const wanted = `${spec?.version ?? ''}.${spec?.group ?? ''}`;
  if (name === wanted) return [];
  return [invalid(field, name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`)];
}

function checkSpec(field: string, spec: Spec | undefined): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec ?? {};
  const errors: FieldError[] = [];
  if (group === '' && version !== 'v1') {
    const text = 'only v1 may have an empty group and it better be legacy kube';
    errors.push(required(`${field}.group`, text));
  }
  if (group !== '') errors.push(...checkDnsSubdomain(`${field}.group`, group));
  errors.push(...invalidEach(`${field}.version`, version, dns1035LabelErrors(version)));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > maxGroupPriority) {
    const text = `must be positive and less than ${maxGroupPriority}`;
    errors.push(invalid(`${field}.groupPriorityMinimum`, groupPriorityMinimum, text));
  }
  if (versionPriority <= 0 || versionPriority > maxVersionPriority) {
    const text = `must be positive and less than ${maxVersionPriority}`;
    errors.push(invalid(`${field}.versionPriority`, versionPriority, text));
  }
  return [...errors, ...(spec?.service ? checkRemote(field, spec) : checkLocal(field, spec))];
}

function checkLocal(field: string, spec: Spec | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (spec?.caBundle) {
    const size = `${base64Length(spec.caBundle)} bytes`;
    errors.push(invalid(`${field}.caBundle`, size, 'local APIServices may not have a caBundle'));
  }
  if (spec?.insecureSkipTLSVerify) {
    const text = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push(invalid(`${field}.insecureSkipTLSVerify`, true, text));
  }
  return errors;
}

function checkRemote(field: string, { service, caBundle, insecureSkipTLSVerify }: Spec): FieldError[] {
  const { name, namespace, port = 443 } = service ?? {};
  const errors: FieldError[] = [];
  if (!namespace) errors.push(required(`${field}.service.namespace`));
  if (!name) errors.push(required(`${field}.service.name`));
  const complaints = portNumberErrors(port);
  if (complaints.length > 0) {
    const text = `port is not valid: ${complaints.join(', ')}`;
    errors.push(invalid(`${field}.service.port`, port, text));
  }
  if (insecureSkipTLSVerify && caBundle) {
    const text = 'may not be true if caBundle is present';
    errors.push(invalid(`${field}.insecureSkipTLSVerify`, true, text));
  }
  return errors;
}
