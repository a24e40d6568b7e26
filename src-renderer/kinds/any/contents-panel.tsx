import { useMemo } from 'react';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { Card } from '../../ui/card.tsx';
import { contentsOf } from './contents.ts';
import './contents.css';

/** What an object of a kind without a panel of its own says. */
export function ContentsPanel({ object }: PanelProps) {
  const contents = useMemo(() => contentsOf(object), [object]);
  if (contents === '') return null;
  return (
    <Card title={'spec' in object ? 'Specification' : 'Contents'}>
      <pre className="contents mono">{contents}</pre>
    </Card>
  );
}
