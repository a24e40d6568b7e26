import { invalid, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkQualifiedName, invalidEach } from '../../validation.ts';
import type { Event } from '../../wire.ts';

type ReadonlyEvent = Unchecked<Event>;

const mismatch = 'does not match event.namespace';

/** Every error of an event. Those with `eventTime`, of the newer API, must name their reporter. */
export function validateEvent(event: ReadonlyEvent): FieldError[] {
  const namespace = event.metadata?.namespace ?? '';
  return [
    ...(event.eventTime ? checkNewEvent(event, namespace) : checkOldEvent(event, namespace)),
    ...invalidEach('namespace', namespace, dnsSubdomainErrors(namespace)),
  ];
}

function checkOldEvent({ involvedObject }: ReadonlyEvent, namespace: string): FieldError[] {
  const involved = involvedObject?.namespace ?? '';
  const fits = involved === namespace || (involved === '' && namespace === 'default');
  return fits ? [] : [invalid('involvedObject.namespace', involved, mismatch)];
}

function checkNewEvent(event: ReadonlyEvent, namespace: string): FieldError[] {
  const involved = event.involvedObject?.namespace ?? '';
  const errors: FieldError[] = [];
  if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') {
    errors.push(invalid('involvedObject.namespace', involved, mismatch));
  }
  const reporter = event.reportingComponent ?? '';
  if (reporter === '') errors.push(required('reportingComponent'));
  return [
    ...errors,
    ...checkQualifiedName('reportingComponent', reporter),
    ...checkText('reportingInstance', event.reportingInstance ?? '', 128),
    ...checkText('action', event.action ?? '', 128),
    ...checkText('reason', event.reason ?? '', 128),
    ...(utf8Length(event.message ?? '') > 1024 ? [tooLongText('message', 1024)] : []),
  ];
}

function checkText(field: string, value: string, max: number): FieldError[] {
  if (value === '') return [required(field)];
  return utf8Length(value) > max ? [tooLongText(field, max)] : [];
}

function tooLongText(field: string, max: number): FieldError {
  return invalid(field, '', `can have at most ${max} characters`);
}
