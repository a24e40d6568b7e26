import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { PriorityLevelConfiguration } from '../../wire.ts';
import { checkConditionTypes } from '../conditions.ts';
import { checkMandatoryPriorityLevel } from '../mandatory.ts';

type Spec = NonNullable<Unchecked<PriorityLevelConfiguration>['spec']>;
type Limited = NonNullable<Spec['limited']>;
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>;

const maxQueues = 10_000_000;
const maxEntropyBits = 60;

export const priorityLevelStrategy: Strategy<PriorityLevelConfiguration> = {
  defaults({ spec }) {
    if (spec?.limited) {
      spec.limited.nominalConcurrencyShares ??= 30;
      spec.limited.lendablePercent ??= 0;
      const queuing = spec.limited.limitResponse?.queuing;
      if (queuing) {
        queuing.handSize ||= 8;
        queuing.queues ||= 64;
        queuing.queueLengthLimit ||= 50;
      }
    }
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
  },
  validate: ({ metadata, spec }) => [
    ...((metadata?.name === 'exempt') === (spec?.type === 'Exempt')
      ? []
      : [invalid('spec.type', spec?.type ?? '', "type must be 'Exempt' if and only if name is 'exempt'")]),
    ...checkLevel('spec', spec),
    ...checkMandatoryPriorityLevel(metadata?.name ?? '', spec),
  ],
  validateStatusUpdate: ({ status }) => checkConditionTypes('status.conditions', status?.conditions),
};

function checkLevel(field: string, spec: Spec | undefined): FieldError[] {
  switch (spec?.type) {
    case 'Exempt':
      return [
        ...(spec.limited ? [forbidden(`${field}.limited`, 'must be nil if the type is not Limited')] : []),
        ...(spec.exempt ? checkShares(`${field}.exempt`, spec.exempt) : []),
      ];
    case 'Limited':
      return [
        ...(spec.exempt ? [forbidden(`${field}.exempt`, 'must be nil if the type is Limited')] : []),
        ...(spec.limited
          ? checkLimited(`${field}.limited`, spec.limited)
          : [required(`${field}.limited`, 'must not be empty when type is Limited')]),
      ];
    default:
      return [notSupported(`${field}.type`, spec?.type ?? '', ['Exempt', 'Limited'])];
  }
}

interface Shares {
  readonly nominalConcurrencyShares?: number;
  readonly lendablePercent?: number;
}

function checkShares(
  field: string,
  { nominalConcurrencyShares: shares = 0, lendablePercent = 0 }: Shares,
): FieldError[] {
  const errors: FieldError[] = [];
  if (shares < 0) {
    errors.push(invalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'));
  }
  if (lendablePercent < 0 || lendablePercent > 100) {
    errors.push(invalid(`${field}.lendablePercent`, lendablePercent, 'must be between 0 and 100, inclusive'));
  }
  return errors;
}

function checkLimited(field: string, limited: Limited): FieldError[] {
  const { borrowingLimitPercent: borrowing, limitResponse } = limited;
  const at = `${field}.limitResponse`;
  const errors = checkShares(field, limited);
  if (borrowing !== undefined && borrowing < 0) {
    const text = 'if specified, must be a non-negative integer';
    errors.push(invalid(`${field}.borrowingLimitPercent`, borrowing, text));
  }
  const queuing = limitResponse?.queuing;
  switch (limitResponse?.type) {
    case 'Reject': {
      const text = 'must be nil if limited.limitResponse.type is not Limited';
      return queuing ? [...errors, forbidden(`${at}.queuing`, text)] : errors;
    }
    case 'Queue': {
      const text = 'must not be empty if limited.limitResponse.type is Limited';
      return [
        ...errors,
        ...(queuing ? checkQueuing(`${at}.queuing`, queuing) : [required(`${at}.queuing`, text)]),
      ];
    }
    default:
      return [...errors, notSupported(`${at}.type`, limitResponse?.type ?? '', ['Queue', 'Reject'])];
  }
}

function checkQueuing(field: string, queuing: Queuing): FieldError[] {
  const { queueLengthLimit: length = 0, queues = 0, handSize = 0 } = queuing;
  const errors: FieldError[] = [];
  if (length <= 0) errors.push(invalid(`${field}.queueLengthLimit`, length, 'must be positive'));
  if (queues <= 0) errors.push(invalid(`${field}.queues`, queues, 'must be positive'));
  else if (queues > maxQueues) {
    errors.push(invalid(`${field}.queues`, queues, `must not be greater than ${maxQueues}`));
  }
  const complaint = handComplaint(queues, handSize);
  return complaint ? [...errors, invalid(`${field}.handSize`, handSize, complaint)] : errors;
}

/** Each flow draws its queues by a hash, whose bits must suffice for the drawing. */
function handComplaint(queues: number, handSize: number): string | undefined {
  if (handSize <= 0) return 'must be positive';
  if (handSize > queues) return `should not be greater than queues (${queues})`;
  if (Math.ceil(handSize * Math.log2(queues)) <= maxEntropyBits) return undefined;
  return `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxEntropyBits}`;
}
