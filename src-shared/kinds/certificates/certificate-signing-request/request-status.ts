import { duplicate, forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import type { CertificateSigningRequest } from '../../wire.ts';

type Request = Unchecked<CertificateSigningRequest>;
type Conditions = NonNullable<NonNullable<Request['status']>['conditions']>;

const field = 'status.conditions';
const verdicts = ['Approved', 'Denied'];
/** Conditions that are true or not there, and once there, stay. */
const lasting = [...verdicts, 'Failed'];
const statuses = ['False', 'True', 'Unknown'];

/** Conditions get the times that the writer left out; one that holds already keeps the time since when. */
export function stampConditions(
  draft: UncheckedDraft<CertificateSigningRequest>,
  old: Request,
  now: string,
): void {
  for (const condition of draft.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(
      ({ type, status }) => type === condition.type && status === condition.status,
    );
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now;
  }
}

/** Through `/status` verdicts stay as they are: as many as before keep their old words. */
export function keepVerdicts(draft: UncheckedDraft<CertificateSigningRequest>, old: Request): void {
  const { conditions } = draft.status ?? {};
  if (!conditions) return;
  for (const verdict of verdicts) {
    const before = ofType(old, verdict);
    const places = [...conditions.keys()].filter((index) => conditions[index]?.type === verdict);
    if (places.length !== before.length) continue;
    for (const [i, place] of places.entries()) conditions[place] = { ...before[i] };
  }
}

/** Every error of the conditions, of which `old` had none, some, or faults that are left alone. */
export function checkConditions(request: Request, old: Request, mayApprove: boolean): FieldError[] {
  const conditions = request.status?.conditions ?? [];
  const before = old.status?.conditions ?? [];
  const types = before.map(({ type = '' }) => type);
  const hadTwice = types.some((type, index) => types.indexOf(type) < index);
  const hadBoth = verdicts.every((verdict) => types.includes(verdict));
  const errors = conditions.flatMap(({ type = '', status = '' }, index) => {
    const earlier = conditions.slice(0, index).map((condition) => condition.type ?? '');
    const isSecond = earlier.includes(type);
    const contradicts =
      verdicts.includes(type) && earlier.some((one) => verdicts.includes(one) && one !== type);
    const text = 'Approved and Denied conditions are mutually exclusive';
    return [
      ...(type === '' && !types.includes('') ? [required(`${field}[${index}].type`)] : []),
      ...checkStatus(`${field}[${index}].status`, status, lasting.includes(type) ? ['True'] : statuses),
      ...(contradicts && !hadBoth ? [invalid(field, type, text)] : []),
      ...(isSecond && !hadTwice ? [duplicate(`${field}[${index}].type`, type)] : []),
    ];
  });
  return [...errors, ...checkLasting(request, old, mayApprove)];
}

function checkStatus(at: string, status: string, allowed: readonly string[]): FieldError[] {
  if (status === '') return [required(at)];
  return allowed.includes(status) ? [] : [notSupported(at, status, allowed)];
}

function checkLasting(request: Request, old: Request, mayApprove: boolean): FieldError[] {
  const countOf = (type: string) => ofType(request, type).length - ofType(old, type).length;
  const removed = lasting.filter((type) => countOf(type) < 0);
  const added = mayApprove ? [] : verdicts.filter((type) => countOf(type) > 0);
  return [
    ...removed.map((type) => forbidden(field, `updates may not remove a condition of type "${type}"`)),
    ...added.map((type) => forbidden(field, `updates may not add a condition of type "${type}"`)),
  ];
}

function ofType({ status }: Request, type: string): Conditions {
  return (status?.conditions ?? []).filter((condition) => condition.type === type);
}
