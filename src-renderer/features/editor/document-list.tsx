import { isReason } from '@shared/api/status.ts';
import type { ReactNode } from 'react';
import { KindIcon } from '../../resource/kind-icon.tsx';
import { Badge } from '../../ui/feedback.tsx';
import type { ApplyItem, Phase } from './use-apply.ts';

export interface DocumentListProps {
  readonly items: readonly ApplyItem[];
  readonly chosen: string | undefined;
  readonly phase: Phase;
  readonly onChoose: (item: ApplyItem) => void;
}

/** The objects of the text, and what becomes of each. */
export function DocumentList({ items, chosen, phase, onChoose }: DocumentListProps) {
  if (items.length === 0) return null;
  return (
    <ul className="doc-list" aria-label="Objects">
      {items.map((item) => (
        <li key={item.id}>
          <button
            type="button"
            className="doc-item"
            aria-current={item.id === chosen}
            onClick={() => onChoose(item)}
          >
            {item.manifest && <KindIcon kind={item.manifest.kind} size={14} />}
            <span className="grow">
              <span className="doc-title">{item.title}</span>
              <span className="doc-note">
                <span className="muted grow truncate">
                  {[item.manifest?.ref.namespace, `line ${item.line}`].filter(Boolean).join(' · ')}
                </span>
                {(phase !== 'editing' || item.manifest === undefined) && outcome(item)}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function outcome({ state, manifest }: ApplyItem): ReactNode {
  switch (state.type) {
    case 'unread':
      return null;
    case 'working':
      return <Badge level="progress">…</Badge>;
    case 'reviewed':
      if (state.review.live === undefined) return <Badge level="ok">new</Badge>;
      return state.unchanged ? <Badge>unchanged</Badge> : <Badge level="warn">changes</Badge>;
    case 'after-namespace':
      return <Badge level="ok">new</Badge>;
    case 'applied':
      if (state.review.live === undefined) return <Badge level="ok">created</Badge>;
      return state.unchanged ? <Badge>unchanged</Badge> : <Badge level="ok">changed</Badge>;
    case 'failed':
      return (
        <Badge level="error">
          {manifest === undefined ? 'error' : isReason(state.error, 'Conflict') ? 'conflict' : 'refused'}
        </Badge>
      );
  }
}
