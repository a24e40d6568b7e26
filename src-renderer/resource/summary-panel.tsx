import type { ComponentType } from 'react';
import { Age } from '../ui/age.tsx';
import { Card } from '../ui/card.tsx';
import { Notice } from '../ui/feedback.tsx';
import { LongText } from '../ui/long-text.tsx';
import { Conditions } from './conditions.tsx';
import type { PanelProps } from './detail-page.tsx';
import { LabelChips } from './label-chips.tsx';
import { ObjectEvents } from './object-events.tsx';
import { OwnedObjects, OwnerChain } from './owners.tsx';
import { unattendedNote } from './unattended.ts';

/** The summary every kind has, around the panel a kind may bring. */
export function SummaryPanel({
  panel: Panel,
  ...props
}: PanelProps & { panel: ComponentType<PanelProps> | undefined }) {
  const { kind, object, cluster } = props;
  const note = unattendedNote(kind);
  return (
    <div className="summary">
      <div>
        {note !== undefined && (
          <Notice level="warn" title="Nothing acts on it yet">
            {note}
          </Notice>
        )}
        {Panel && <Panel {...props} />}
        <Conditions object={object} />
        <ObjectEvents kind={kind} object={object} cluster={cluster} limit={8} />
      </div>
      <div>
        <Facts {...props} />
        <OwnerChain {...props} />
        <OwnedObjects {...props} />
        <Metadata {...props} />
      </div>
    </div>
  );
}

/** Every column of the kind, as kubectl's wide output has it. */
function Facts({ kind, object }: PanelProps) {
  const columns = kind.columns.filter((column) => column.type !== 'name');
  const now = Date.now();
  return (
    <Card title="At a glance">
      <dl className="kv">
        {object.metadata?.namespace && (
          <>
            <dt>Namespace</dt>
            <dd>{object.metadata.namespace}</dd>
          </>
        )}
        {columns.map((column) => {
          const value = column.cell(object, now);
          const text = value === null || value === '' || value === '<none>' ? '–' : String(value);
          return (
            <div key={column.name} style={{ display: 'contents' }}>
              <dt title={column.description}>{column.name}</dt>
              <dd className={column.type === 'date' ? '' : 'num'}>
                {column.type === 'date' ? (
                  <Age at={value === null ? null : String(value)} suffix=" ago" />
                ) : (
                  <LongText text={text} />
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </Card>
  );
}

function Metadata({ object }: PanelProps) {
  const { labels, annotations, finalizers, uid, resourceVersion, generation } = object.metadata ?? {};
  return (
    <Card title="Metadata">
      <div className="stack">
        <LabelChips title="Labels" values={labels} />
        <LabelChips title="Annotations" values={annotations} />
        <dl className="kv">
          {finalizers && finalizers.length > 0 && (
            <>
              <dt>Finalizers</dt>
              <dd className="mono">{finalizers.join(', ')}</dd>
            </>
          )}
          <dt>UID</dt>
          <dd className="mono">{uid}</dd>
          <dt>Version</dt>
          <dd className="mono">
            {resourceVersion}
            {generation !== undefined && ` · generation ${generation}`}
          </dd>
        </dl>
      </div>
    </Card>
  );
}
