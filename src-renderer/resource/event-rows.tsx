import type { Event } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Link } from '@tanstack/react-router';
import { useKinds } from '../data/context.tsx';
import { Age } from '../ui/age.tsx';
import { Dot } from '../ui/feedback.tsx';
import { LongText } from '../ui/long-text.tsx';
import { lastSeen, timesSeen } from './events.ts';
import { kindOf, objectParams } from './kind-paths.ts';
import './events.css';

/** Events as a dense list; `subject` also names the object each is about. */
export function EventRows({
  cluster,
  events,
  subject = false,
}: {
  cluster: string;
  events: readonly DeepReadonly<Event>[];
  subject?: boolean;
}) {
  return (
    <ul className="event-rows">
      {events.map((event) => (
        <li key={event.metadata?.uid ?? event.metadata?.name}>
          <Dot level={event.type === 'Warning' ? 'warn' : 'done'} text={event.type ?? 'Normal'} />
          <span className="event-age">
            <Age at={lastSeen(event)} />
          </span>
          <bdi className="event-reason">{event.reason}</bdi>
          <span className="event-text">
            {subject && (
              <>
                <Subject cluster={cluster} event={event} />{' '}
              </>
            )}
            <LongText text={event.message ?? ''} />
            {timesSeen(event) > 1 && <span className="muted num"> ×{timesSeen(event)}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Subject({ cluster, event }: { cluster: string; event: DeepReadonly<Event> }) {
  const { kind: kindName, name = '', namespace } = event.involvedObject ?? {};
  const { kinds } = useKinds(cluster);
  const kind = kindOf(event.involvedObject ?? {}, kinds);
  const text = `${kindName?.toLowerCase()}/${name}`;
  if (kind === undefined) return <span className="event-subject">{text}</span>;
  return (
    <Link
      className="event-subject"
      to="/c/$cluster/r/$group/$plural/$namespace/$name"
      params={objectParams(cluster, kind, { name, namespace })}
    >
      {text}
    </Link>
  );
}
