import type { AnyKind } from '@shared/kinds/define.ts';
import { MoreHorizontal } from 'lucide-react';
import { Tabs } from 'radix-ui';
import type { ComponentType, ReactNode } from 'react';
import { useObject } from '../data/context.tsx';
import { IconButton } from '../ui/button.tsx';
import { Badge, Dot, Empty, ErrorNotice, SkeletonLines } from '../ui/feedback.tsx';
import { Menu } from '../ui/menu.tsx';
import { KindIcon } from './kind-icon.tsx';
import type { AnyObject } from './list-model.ts';
import { useObjectMenu } from './object-menu.ts';
import './detail.css';

/** What a tab or panel is handed. */
export interface PanelProps {
  readonly kind: AnyKind;
  readonly object: AnyObject;
  readonly cluster: string;
}

export interface DetailTab {
  readonly id: string;
  readonly title: string;
  /** Fills the page by itself (log, terminal, editor) instead of scrolling with it. */
  readonly flush?: boolean;
  readonly Panel: ComponentType<PanelProps>;
}

export interface DetailPageProps {
  readonly kind: AnyKind;
  readonly objectRef: { readonly namespace: string | undefined; readonly name: string };
  readonly cluster: string;
  /** At least one; the first is the default. */
  readonly tabs: readonly DetailTab[];
  readonly tab: string | undefined;
  readonly onTab: (id: string) => void;
  readonly onGone: () => void;
  readonly actions?: (object: AnyObject) => ReactNode;
}

/** One object, live, in tabs. After its deletion it stays readable, marked as gone. */
export function DetailPage({ kind, objectRef, cluster, tabs, tab, onTab, onGone, actions }: DetailPageProps) {
  const { object, synced, error } = useObject(kind, objectRef);
  const menuFor = useObjectMenu(kind, onGone);
  if (object === undefined) {
    if (error !== undefined)
      return (
        <div style={{ padding: 24 }}>
          <ErrorNotice error={error} />
        </div>
      );
    if (!synced)
      return (
        <div style={{ padding: 24 }}>
          <SkeletonLines />
        </div>
      );
    return (
      <Empty title={`${kind.kind} ${objectRef.name} does not exist`}>
        It was deleted, or never was in {objectRef.namespace ?? 'this cluster'}. This page shows it as soon as
        it exists.
      </Empty>
    );
  }
  const health = kind.view.health?.(object);
  const active = tabs.find((item) => item.id === tab) ?? tabs[0];
  return (
    <Tabs.Root className="page" value={active?.id ?? ''} onValueChange={onTab}>
      <div className="detail-head">
        <h1>
          <KindIcon kind={kind} size={18} />
          <span className="truncate" title={objectRef.name}>
            {objectRef.name}
          </span>
        </h1>
        <span className="detail-kind">{kind.kind}</span>
        {object.metadata?.deletionTimestamp ? (
          <Badge level="warn">being deleted</Badge>
        ) : (
          health && (
            <Badge level={health.level}>
              <Dot level={health.level} /> {health.text}
            </Badge>
          )
        )}
        <span className="grow" />
        {actions?.(object)}
        <Menu
          trigger={
            <IconButton label="More actions" variant="default" size="md">
              <MoreHorizontal size={16} />
            </IconButton>
          }
          entries={menuFor(object, 'page')}
        />
      </div>
      <Tabs.List className="tabs" aria-label="Views of this object">
        {tabs.map((item) => (
          <Tabs.Trigger key={item.id} value={item.id} className="tab">
            {item.title}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {error !== undefined && (
        <div style={{ padding: '12px 24px 0' }}>
          <ErrorNotice error={error} />
        </div>
      )}
      {active && (
        <Tabs.Content
          key={active.id}
          value={active.id}
          tabIndex={-1}
          className={active.flush ? 'detail-body flush' : 'detail-body'}
        >
          <active.Panel kind={kind} object={object} cluster={cluster} />
        </Tabs.Content>
      )}
    </Tabs.Root>
  );
}
