import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkReplicaCounts } from '../../apps/replica-counts.ts';
import { checkNonNegative } from '../../validation.ts';
import type { PodTemplateSpec, ReplicationController } from '../../wire.ts';
import { checkPodTemplate } from '../pod/template-validation.ts';

type ReadonlyController = Unchecked<ReplicationController>;
type Selector = Readonly<Record<string, string>>;

/** Every error of a replication controller. */
export function validateController({ spec }: ReadonlyController): FieldError[] {
  const selector = spec?.selector ?? {};
  const empty = Object.keys(selector).length === 0;
  return [
    ...checkNonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...(empty ? [required('spec.selector')] : []),
    ...(spec?.replicas === undefined
      ? [required('spec.replicas')]
      : checkNonNegative('spec.replicas', spec.replicas)),
    ...(spec?.template
      ? checkTemplate('spec.template', spec.template, selector)
      : [required('spec.template')]),
  ];
}

function checkTemplate(
  field: string,
  template: Unchecked<PodTemplateSpec>,
  selector: Selector,
): FieldError[] {
  const labels = template.metadata?.labels;
  const fits = Object.entries(selector).every(([key, value]) => labels?.[key] === value);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  const text = 'activeDeadlineSeconds in ReplicationController is not Supported';
  return [
    ...(fits
      ? []
      : [invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')]),
    ...checkPodTemplate(field, template),
    ...(restartPolicy === 'Always'
      ? []
      : [notSupported(`${field}.spec.restartPolicy`, restartPolicy ?? '', ['Always'])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbidden(`${field}.spec.activeDeadlineSeconds`, text)]),
  ];
}

/** Errors of a replication controller's status. */
export function validateControllerStatusUpdate({ status }: ReadonlyController): FieldError[] {
  const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  return checkReplicaCounts('status', status ?? {}, counts, ['observedGeneration']);
}
