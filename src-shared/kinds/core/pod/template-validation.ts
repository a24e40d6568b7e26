import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateAnnotations, validateLabelSelector, validateLabels } from '../../../api/object-meta.ts';
import { labelMatcherOf } from '../../../api/selectors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { LabelSelector, PodTemplateSpec } from '../../wire.ts';
import { podContext } from './pod-context.ts';
import { checkPodSpec } from './pod-spec-validation.ts';

type ReadonlyTemplate = Unchecked<PodTemplateSpec>;

/** Every error of a pod template; `field` is its path. */
export function checkPodTemplate(field: string, template: ReadonlyTemplate): FieldError[] {
  const spec = template.spec ?? { containers: [] };
  const ephemeral = (spec.ephemeralContainers ?? []).length > 0;
  const text = 'ephemeral containers not allowed in pod template';
  return [
    ...validateLabels(template.metadata?.labels, `${field}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${field}.annotations`),
    ...checkPodSpec(`${field}.spec`, podContext(spec, { isPod: false })),
    ...(ephemeral ? [forbidden(`${field}.spec.ephemeralContainers`, text)] : []),
  ];
}

/**
 * The selector of something that keeps pods running, and its template: the selector must be set and fit the
 * template's labels, and the pods must be ones that run for ever. `field` is the path of the spec.
 */
export function checkSelectorAndTemplate(
  field: string,
  {
    selector,
    template,
  }: { readonly selector?: Unchecked<LabelSelector>; readonly template?: ReadonlyTemplate },
): FieldError[] {
  const malformed = validateLabelSelector(selector, `${field}.selector`);
  const errors = selector ? [...malformed] : [required(`${field}.selector`)];
  if (selector && isEmpty(selector)) {
    errors.push(invalid(`${field}.selector`, selector, 'empty selector is invalid for deployment'));
  }
  if (malformed.length > 0)
    return [...errors, invalid(`${field}.selector`, selector, 'invalid label selector')];
  return [...errors, ...checkRunningTemplate(`${field}.template`, template ?? {}, selector)];
}

function isEmpty({ matchLabels, matchExpressions }: Unchecked<LabelSelector>): boolean {
  return Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length === 0;
}

function checkRunningTemplate(
  field: string,
  template: ReadonlyTemplate,
  selector: Unchecked<LabelSelector> | undefined,
): FieldError[] {
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  if (!(selector && isEmpty(selector)) && !labelMatcherOf(selector).matches(labels ?? {})) {
    errors.push(invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`'));
  }
  errors.push(...checkPodTemplate(field, template));
  const restartPolicy = template.spec?.restartPolicy;
  if (restartPolicy !== 'Always') {
    errors.push(notSupported(`${field}.spec.restartPolicy`, restartPolicy ?? '', ['Always']));
  }
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const text = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    errors.push(forbidden(`${field}.spec.activeDeadlineSeconds`, text));
  }
  return errors;
}
