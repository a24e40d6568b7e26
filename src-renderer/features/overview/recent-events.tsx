import { eventKind } from '@shared/kinds/core/event/kind.ts';
import { Link, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useObjects } from '../../data/context.tsx';
import { EventRows } from '../../resource/event-rows.tsx';
import { newestFirst } from '../../resource/events.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice, SkeletonLines } from '../../ui/feedback.tsx';

/** The last events of the cluster, live. */
export function RecentEvents({ cluster }: { cluster: string }) {
  const { ns } = useSearch({ from: '/c/$cluster' });
  const { objects, synced, error } = useObjects({ kind: eventKind });
  const [warningsOnly, setWarningsOnly] = useState(false);
  const shown = useMemo(() => {
    const namespaces = ns ? new Set(ns.split(',')) : null;
    const wanted = objects.filter(
      (event) =>
        (namespaces === null || namespaces.has(event.metadata?.namespace ?? '')) &&
        (!warningsOnly || event.type === 'Warning'),
    );
    return newestFirst(wanted).slice(0, 40);
  }, [objects, ns, warningsOnly]);
  return (
    <section className="card full" aria-labelledby="overview-events">
      <header>
        <h2 id="overview-events">Recent events</h2>
        <Button
          size="sm"
          variant="ghost"
          aria-pressed={warningsOnly}
          onClick={() => setWarningsOnly(!warningsOnly)}
        >
          Warnings only
        </Button>
        <Link to="/c/$cluster/r/$group/$plural" params={{ cluster, group: 'core', plural: 'events' }}>
          All events
        </Link>
      </header>
      <div className="body events-body">
        {error !== undefined && <ErrorNotice error={error} />}
        {!synced ? (
          <SkeletonLines />
        ) : shown.length === 0 ? (
          <p className="muted">Nothing happened in the last hour.</p>
        ) : (
          <EventRows cluster={cluster} events={shown} subject />
        )}
      </div>
    </section>
  );
}
