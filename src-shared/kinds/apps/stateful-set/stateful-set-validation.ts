import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateAnnotations, validateLabelSelector, validateLabels } from '../../../api/object-meta.ts';
import { labelMatcherOf } from '../../../api/selectors.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Json, Unchecked } from '../../../lib/types.ts';
import { checkClaimSpec } from '../../core/persistent-volume-claim/claim-spec-validation.ts';
import { checkPodTemplate } from '../../core/pod/template-validation.ts';
import { amountOf, checkCountOrPercent, checkNotMoreThanAll } from '../../count-or-percent.ts';
import { withoutEmpty } from '../../diff.ts';
import { checkDnsLabel, checkNonNegative } from '../../validation.ts';
import type { PodTemplateSpec, StatefulSet, Volume } from '../../wire.ts';
import { checkCollisions } from '../replica-counts.ts';

type ReadonlySet = Unchecked<StatefulSet>;
type Spec = NonNullable<ReadonlySet['spec']>;
type Template = Unchecked<PodTemplateSpec>;

/** Every error of a stateful set, new or changed. */
export function validateStatefulSet({ spec = {} }: ReadonlySet): FieldError[] {
  return [
    ...checkPodManagement('spec.podManagementPolicy', spec.podManagementPolicy),
    ...checkUpdateStrategy('spec.updateStrategy', spec.updateStrategy),
    ...checkRetention('spec.persistentVolumeClaimRetentionPolicy', spec),
    ...checkNonNegative('spec.replicas', spec.replicas),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkNonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...checkSelectorAndTemplate(spec),
  ];
}

/** What only a new stateful set is asked: later neither its claims nor its service can change. */
export function validateStatefulSetCreate({ spec }: ReadonlySet): FieldError[] {
  return [
    ...(spec?.volumeClaimTemplates ?? []).flatMap((claim, index) =>
      checkClaimSpec(`spec.volumeClaimTemplates[${index}].spec`, claim.spec ?? {}),
    ),
    ...(spec?.serviceName ? checkDnsLabel('spec.serviceName', spec.serviceName) : []),
  ];
}

function checkPodManagement(field: string, policy: string | undefined): FieldError[] {
  if (!policy) return [required(field)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalid(field, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function checkUpdateStrategy(field: string, strategy: Spec['updateStrategy'] | undefined): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {};
  const at = `${field}.rollingUpdate`;
  switch (type) {
    case undefined:
    case '':
      return [required(field)];
    case 'OnDelete':
      return rollingUpdate
        ? [invalid(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")]
        : [];
    case 'RollingUpdate': {
      const errors = checkNonNegative(`${at}.partition`, rollingUpdate?.partition);
      const most = rollingUpdate?.maxUnavailable;
      if (most === undefined) return errors;
      errors.push(...checkCountOrPercent(`${at}.maxUnavailable`, most));
      if (amountOf(most) === 0) errors.push(invalid(`${at}.maxUnavailable`, most, 'cannot be 0'));
      return [...errors, ...checkNotMoreThanAll(`${at}.maxUnavailable`, most)];
    }
    default:
      return [invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  }
}

function checkRetention(field: string, spec: Spec): FieldError[] {
  const policy = spec.persistentVolumeClaimRetentionPolicy;
  if (!policy) return [];
  const supported = ['Retain', 'Delete'];
  return (['whenDeleted', 'whenScaled'] as const)
    .filter((key) => !supported.includes(policy[key] ?? ''))
    .map((key) => notSupported(`${field}.${key}`, policy[key] ?? '', supported));
}

function checkSelectorAndTemplate(spec: Spec): FieldError[] {
  const field = 'spec.template';
  const { selector, template } = spec;
  const malformed = validateLabelSelector(selector, 'spec.selector');
  const errors = selector ? [...malformed] : [required('spec.selector')];
  const count = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length;
  if (selector && count === 0) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for statefulset'));
  }
  if (malformed.length > 0) errors.push(invalid('spec.selector', selector, ''));
  else errors.push(...checkTemplate(field, spec, !selector || count > 0));
  if (template?.spec?.restartPolicy !== 'Always') {
    errors.push(notSupported(`${field}.spec.restartPolicy`, template?.spec?.restartPolicy ?? '', ['Always']));
  }
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    const text = 'activeDeadlineSeconds in StatefulSet is not Supported';
    errors.push(forbidden(`${field}.spec.activeDeadlineSeconds`, text));
  }
  return errors;
}

/** Labels and annotations are checked twice, as Kubernetes does. */
function checkTemplate(field: string, spec: Spec, selects: boolean): FieldError[] {
  const template = asMade(spec);
  const labels = template.metadata?.labels;
  const fits = !selects || labelMatcherOf(spec.selector).matches(labels ?? {});
  return [
    ...(fits
      ? []
      : [invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')]),
    ...checkPodTemplate(field, template),
    ...validateLabels(labels, `${field}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${field}.annotations`),
  ];
}

/** The template with what the controller puts in: its own host names and the volumes of the claims. */
function asMade({ template, volumeClaimTemplates = [] }: Spec): Template {
  const names = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? '');
  const claimed: readonly Unchecked<Volume>[] = names.map((name) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  const { hostname: _hostname, subdomain: _subdomain, ...spec } = template?.spec ?? { containers: [] };
  const others = (spec.volumes ?? []).filter(({ name = '' }) => !names.includes(name));
  return { ...template, spec: { ...spec, volumes: [...claimed, ...others] } };
}

const mutableFields = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

/** What may not change in a stateful set. */
export function validateStatefulSetUpdate(set: ReadonlySet, old: ReadonlySet): FieldError[] {
  if (jsonEqual(fixedParts(set.spec), fixedParts(old.spec))) return [];
  const names = mutableFields.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [forbidden('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
}

function fixedParts(spec: Spec | undefined): Json {
  const mutable: readonly string[] = mutableFields;
  const fixed = Object.entries(spec ?? {}).filter(([key]) => !mutable.includes(key));
  return withoutEmpty(Object.fromEntries(fixed)) as Json;
}

const counts = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
] as const;

/** Errors of a stateful set's status. */
export function validateStatefulSetStatusUpdate({ status }: ReadonlySet, old: ReadonlySet): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const errors = counts.flatMap((key) => checkNonNegative(`status.${key}`, status?.[key]));
  for (const key of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const) {
    const part = status?.[key] ?? 0;
    if (part > replicas)
      errors.push(invalid(`status.${key}`, part, 'cannot be greater than status.replicas'));
  }
  if (availableReplicas > readyReplicas) {
    const text = 'cannot be greater than status.readyReplicas';
    errors.push(invalid('status.availableReplicas', availableReplicas, text));
  }
  return [...errors, ...checkCollisions(status, old.status)];
}
