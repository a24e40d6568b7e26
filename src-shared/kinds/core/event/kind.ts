import type { Unchecked } from '../../../lib/types.ts';
import { nameColumn } from '../../columns.ts';
import { type Column, defineKind, type Health } from '../../define.ts';
import type { Event } from '../../wire.ts';
import { validateEvent } from './event-validation.ts';

type ReadonlyEvent = Unchecked<Event>;

const columns: readonly Column<Event>[] = [
  {
    name: 'Last Seen',
    type: 'date',
    description: 'How long ago this happened last.',
    cell: lastSeen,
  },
  {
    name: 'Type',
    type: 'string',
    description: 'Normal, or Warning for what needs attention.',
    cell: (event) => event.type ?? '',
  },
  {
    name: 'Reason',
    type: 'string',
    description: 'What happened, in one word for machines.',
    cell: (event) => event.reason ?? '',
  },
  {
    name: 'Object',
    type: 'string',
    description: 'The object this happened to.',
    cell: ({ involvedObject: { kind = '', name } = {} }) => `${kind.toLowerCase()}${name ? `/${name}` : ''}`,
  },
  {
    name: 'Subobject',
    type: 'string',
    priority: 1,
    description: 'The part of the object, e.g. one container.',
    cell: (event) => event.involvedObject?.fieldPath ?? '',
  },
  {
    name: 'Source',
    type: 'string',
    priority: 1,
    description: 'Who reported it, and from which node.',
    cell: sourceText,
  },
  {
    name: 'Message',
    type: 'string',
    description: 'What happened, in a sentence.',
    cell: (event) => (event.message ?? '').trim(),
  },
  {
    name: 'First Seen',
    type: 'date',
    priority: 1,
    description: 'How long ago this happened first.',
    cell: firstSeen,
  },
  {
    name: 'Count',
    type: 'integer',
    priority: 1,
    description: 'How often this happened.',
    cell: (event) => event.series?.count ?? (event.count || 1),
  },
  { ...nameColumn(), priority: 1 },
];

export const eventKind = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  createsOnUpdate: true,
  strategy: { validate: validateEvent },
  ttlSeconds: 3600,
  columns,
  selectableFields: {
    'involvedObject.kind': (event) => event.involvedObject?.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject?.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject?.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject?.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || (event.reportingComponent ?? ''),
    type: (event) => event.type ?? '',
  },
  view: {
    section: 'cluster',
    title: 'Events',
    purpose: 'Events tell what happened to objects during the last hour.',
    health,
  },
});

function firstSeen(event: ReadonlyEvent): string | null {
  return event.firstTimestamp ?? event.eventTime ?? null;
}

function lastSeen(event: ReadonlyEvent): string | null {
  if (event.series) return event.series.lastObservedTime ?? null;
  return event.lastTimestamp ?? firstSeen(event);
}

/** `kubelet, worker-1`; events of the newer API name the reporter instead of the source. */
function sourceText(event: ReadonlyEvent): string {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  return host ? `${component}, ${host}` : component;
}

function health(event: ReadonlyEvent): Health {
  const text = event.reason ?? '';
  return event.type === 'Warning' ? { level: 'warn', text } : { level: 'ok', text };
}
