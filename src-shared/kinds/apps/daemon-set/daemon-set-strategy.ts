import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { workloadWarnings } from '../../core/pod/pod-warnings.ts';
import { defaultTemplate } from '../../core/pod/template-defaults.ts';
import type { Strategy } from '../../define.ts';
import type { DaemonSet } from '../../wire.ts';
import {
  validateDaemonSet,
  validateDaemonSetStatusUpdate,
  validateDaemonSetUpdate,
} from './daemon-set-validation.ts';

const emptyStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};

/** How many templates the set has had. It was a field once; now every set says it in this annotation. */
const templateGeneration = 'deprecated.daemonset.template.generation';

export const daemonSetStrategy: Strategy<DaemonSet> = {
  defaults(set) {
    const spec = set.spec ?? {};
    set.spec = spec;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      const { rollingUpdate } = spec.updateStrategy;
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    defaultTemplate(spec);
  },
  prepareForCreate(set) {
    set.status = { ...emptyStatus };
    setGeneration(set, Math.max(1, generationOf(set)));
  },
  prepareForUpdate(set, old) {
    const isNew = !jsonEqual(set.spec?.template, old.spec?.template);
    setGeneration(set, generationOf(old) + (isNew ? 1 : 0));
  },
  prepareForStatusUpdate(set, old) {
    setGeneration(set, generationOf(old));
  },
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: validateDaemonSetStatusUpdate,
  warnings: workloadWarnings,
};

function generationOf({ metadata }: Unchecked<DaemonSet>): number {
  const text = metadata?.annotations?.[templateGeneration] ?? '';
  return /^[+-]?[0-9]+$/.test(text) ? Number(text) : 0;
}

function setGeneration(set: UncheckedDraft<DaemonSet>, generation: number): void {
  const annotations = { ...set.metadata?.annotations, [templateGeneration]: `${generation}` };
  set.metadata = { ...set.metadata, annotations };
}
