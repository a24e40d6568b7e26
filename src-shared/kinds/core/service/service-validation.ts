import type { FieldError } from '../../../api/status.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { Service } from '../../wire.ts';

type ReadonlyService = DeepReadonly<Service>;

/** Every error of a service. */
export function validateService(_service: ReadonlyService): FieldError[] {
  return [];
}

/** What may not change in a service. */
export function validateServiceUpdate(_service: ReadonlyService, _old: ReadonlyService): FieldError[] {
  return [];
}

/** Errors of a service's status. */
export function validateServiceStatusUpdate(_service: ReadonlyService, _old: ReadonlyService): FieldError[] {
  return [];
}
