import type { Event } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { EventRows } from '../../resource/event-rows.tsx';
import { Card } from '../../ui/card.tsx';

export function EventPanel({ object, cluster }: PanelProps) {
  const event = object as DeepReadonly<Event>;
  return (
    <Card title="What happened">
      <EventRows cluster={cluster} events={[event]} subject />
    </Card>
  );
}
