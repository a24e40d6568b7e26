import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Event } from '../../wire.ts';

export const eventKind = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  ttlSeconds: 3600,
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'cluster',
    title: 'Events',
    purpose: 'Events tell what happened to objects during the last hour.',
  },
});
