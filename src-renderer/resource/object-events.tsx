import { eventKind } from '@shared/kinds/core/event/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { useMemo } from 'react';
import { useObjects } from '../data/context.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorNotice, SkeletonLines } from '../ui/feedback.tsx';
import { EventRows } from './event-rows.tsx';
import { newestFirst } from './events.ts';
import type { AnyObject } from './list-model.ts';

/** Events about one object, newest first, live. */
export function ObjectEvents({
  kind,
  object,
  cluster,
  limit,
}: {
  kind: AnyKind;
  object: AnyObject;
  cluster: string;
  limit?: number;
}) {
  const { name, namespace, uid } = object.metadata ?? {};
  const { objects, synced, error } = useObjects({
    kind: eventKind,
    namespace: kind.namespaced ? namespace : undefined,
    fieldSelector: `involvedObject.kind=${kind.kind},involvedObject.name=${name}`,
  });
  const events = useMemo(() => {
    const own = objects.filter(
      (event) =>
        !event.involvedObject?.uid || event.involvedObject.uid === uid || event.involvedObject.uid === name,
    );
    return newestFirst(own).slice(0, limit);
  }, [objects, uid, name, limit]);
  return (
    <Card title="Events">
      {error !== undefined && <ErrorNotice error={error} />}
      {!synced ? (
        <SkeletonLines count={2} />
      ) : events.length === 0 ? (
        <p className="muted">No events in the last hour.</p>
      ) : (
        <EventRows cluster={cluster} events={events} />
      )}
    </Card>
  );
}
