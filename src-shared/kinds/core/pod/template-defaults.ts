import type { UncheckedDraft } from '../../../lib/types.ts';
import type { PodTemplateSpec } from '../../wire.ts';
import { defaultPodSpec } from './pod-spec-defaults.ts';

/** Fills in the template of whatever makes pods. A missing template becomes an empty one, to be refused as such. */
export function defaultTemplate(owner: { template?: UncheckedDraft<PodTemplateSpec> }): void {
  owner.template ??= {};
  owner.template.spec ??= { containers: [] };
  defaultPodSpec(owner.template.spec);
}
