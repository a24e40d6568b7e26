import { forbidden, invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkOneOf, checkQualifiedName } from '../../validation.ts';
import type { Lease } from '../../wire.ts';

/** Every error of a lease. */
export function validateLease({ spec = {} }: Unchecked<Lease>): FieldError[] {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  if (strategy !== undefined) {
    const field = 'spec.strategy';
    const domain = strategy.includes('/');
    errors.push(
      ...(domain
        ? checkQualifiedName(field, strategy)
        : checkOneOf(field, strategy, ['OldestEmulationVersion'])),
    );
  }
  if (preferredHolder && !strategy) {
    errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}
