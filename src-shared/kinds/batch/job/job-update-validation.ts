import { invalid } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Affinity, Container, Job, JobSpec, PodTemplateSpec } from '../../wire.ts';
import { isConditionTrue } from './job-status.ts';

type ReadonlyJob = Unchecked<Job>;
type Spec = Unchecked<JobSpec>;
type Template = Unchecked<PodTemplateSpec>;

/** What may not change in a job: the pods it makes, except where they run while none of them exists. */
export function validateJobUpdate(job: ReadonlyJob, old: ReadonlyJob): FieldError[] {
  const { spec } = job;
  if (!spec || !old.spec) return [];
  const kept = (key: keyof Spec & string) => validateImmutable(spec[key], old.spec?.[key], `spec.${key}`);
  return [
    ...checkCompletions(spec, old.spec),
    ...kept('selector'),
    ...checkTemplate(spec, old),
    ...kept('completionMode'),
    ...kept('podFailurePolicy'),
    ...kept('backoffLimitPerIndex'),
    ...kept('managedBy'),
    ...kept('successPolicy'),
  ];
}

/** Indexed jobs grow and shrink, completions and parallelism together. */
function checkCompletions(spec: Spec, old: Spec): FieldError[] {
  const field = 'spec.completions';
  const { completions, parallelism } = spec;
  if (spec.completionMode !== 'Indexed') return validateImmutable(completions, old.completions, field);
  if (completions === undefined || completions === old.completions || completions === parallelism) return [];
  return [invalid(field, completions, 'can only be modified in tandem with spec.parallelism')];
}

/** A suspended job's pods may be given other nodes and resources until it starts and after it has stopped. */
function checkTemplate(spec: Spec, old: ReadonlyJob): FieldError[] {
  const { startTime, active = 0 } = old.status ?? {};
  const isIdle = active === 0 && (startTime === undefined || isConditionTrue(old.status, 'Suspended'));
  const template = spec.template ?? {};
  const before = old.spec?.template ?? {};
  if (old.spec?.suspend !== true || !isIdle) return validateImmutable(template, before, 'spec.template');
  const { spec: podSpec, ...rest } = template;
  const { spec: oldPodSpec, ...oldRest } = withDirectives(before, template);
  const sized = oldPodSpec && {
    ...oldPodSpec,
    ...withResources('containers', oldPodSpec.containers, podSpec?.containers),
    ...withResources('initContainers', oldPodSpec.initContainers, podSpec?.initContainers),
  };
  return [
    ...validateImmutable(rest, oldRest, 'spec.template'),
    ...validateImmutable(podSpec, sized, 'spec.template.spec'),
  ];
}

/** The old template with the new one's wishes about nodes, labels and annotations. */
function withDirectives(old: Template, { metadata, spec }: Template): Template {
  const {
    nodeSelector: _nodes,
    tolerations: _tolerations,
    schedulingGates: _gates,
    ...kept
  } = old.spec ?? {
    containers: [],
  };
  const { labels: _labels, annotations: _annotations, ...meta } = old.metadata ?? {};
  const affinity = withNodeAffinity(old.spec?.affinity, spec?.affinity);
  const { affinity: _affinity, ...rest } = kept;
  return {
    ...old,
    metadata: {
      ...meta,
      ...(metadata?.labels && { labels: metadata.labels }),
      ...(metadata?.annotations && { annotations: metadata.annotations }),
    },
    spec: {
      ...rest,
      ...(affinity && { affinity }),
      ...(spec?.nodeSelector && { nodeSelector: spec.nodeSelector }),
      ...(spec?.tolerations && { tolerations: spec.tolerations }),
      ...(spec?.schedulingGates && { schedulingGates: spec.schedulingGates }),
    },
  };
}

type ReadonlyAffinity = Unchecked<Affinity> | undefined;

function withNodeAffinity(old: ReadonlyAffinity, now: ReadonlyAffinity): ReadonlyAffinity {
  const { nodeAffinity: _old, ...rest } = old ?? {};
  if (!now) return Object.keys(rest).length === 0 ? undefined : rest;
  return { ...rest, ...(now.nodeAffinity && { nodeAffinity: now.nodeAffinity }) };
}

type Containers = readonly Unchecked<Container>[] | undefined;

function withResources<K extends string>(key: K, old: Containers, now: Containers) {
  if (!old) return {};
  const sized = old.map((container, index) => {
    const next = now?.length === old.length ? now[index] : undefined;
    if (!next || next.name !== container.name) return container;
    const { resources: _resources, ...rest } = container;
    return { ...rest, ...(next.resources && { resources: next.resources }) };
  });
  return { [key]: sized } as Record<K, typeof sized>;
}
