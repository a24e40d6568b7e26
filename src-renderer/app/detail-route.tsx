import type { AnyKind } from '@shared/kinds/define.ts';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense, useMemo } from 'react';
import { useKinds } from '../data/context.tsx';
import { NodeUsage, PodUsage } from '../features/usage/object-usage.tsx';
import { NodePanel } from '../kinds/node/node-panel.tsx';
import { panelOf } from '../kinds/panels.ts';
import { PodPanel } from '../kinds/pod/pod-panel.tsx';
import { DetailPage, type DetailTab, type PanelProps } from '../resource/detail-page.tsx';
import { kindFromParams } from '../resource/kind-paths.ts';
import { ObjectEvents } from '../resource/object-events.tsx';
import { hasLogs } from '../resource/object-menu.ts';
import { SummaryPanel } from '../resource/summary-panel.tsx';
import { SkeletonLines } from '../ui/feedback.tsx';
import { DetailActions } from './detail-actions.tsx';
import { NotFound } from './not-found.tsx';

const LogPanel = lazily(() => import('../features/logs/log-panel.tsx').then((module) => module.LogPanel));
const TerminalPanel = lazily(() =>
  import('../features/terminal/terminal-panel.tsx').then((module) => module.TerminalPanel),
);
const EditPanel = lazily(() =>
  import('../features/editor/edit-panel.tsx').then((module) => module.EditPanel),
);

const ContentsPanel = lazily(() =>
  import('../kinds/any/contents-panel.tsx').then((module) => module.ContentsPanel),
);

/** Loads a heavy panel when its tab is opened. */
function lazily(load: () => Promise<ComponentType<PanelProps>>): ComponentType<PanelProps> {
  const Lazy = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense
      fallback={
        <div style={{ padding: 24 }}>
          <SkeletonLines />
        </div>
      }
    >
      <Lazy {...props} />
    </Suspense>
  );
}

function EventsPanel({ kind, object, cluster }: PanelProps) {
  return (
    <div style={{ padding: '16px 24px', maxWidth: 1400 }}>
      <ObjectEvents kind={kind} object={object} cluster={cluster} />
    </div>
  );
}

/** Kinds whose use of CPU and memory is known show it above their own panel. */
const summaryPanels: Readonly<Record<string, ComponentType<PanelProps>>> = {
  Node: (props) => (
    <>
      <NodeUsage {...props} />
      <NodePanel {...props} />
    </>
  ),
  Pod: (props) => (
    <>
      <PodUsage {...props} />
      <PodPanel {...props} />
    </>
  ),
};

/** The summary with the kind's own panel, or else with what the object says. */
function Summary(props: PanelProps) {
  const own = summaryPanels[props.kind.kind] ?? panelOf(props.kind);
  return <SummaryPanel {...props} panel={own ?? ContentsPanel} />;
}

/** The tabs a kind's objects have: what follows from its subresources, around what every object has. */
function tabsOf(kind: AnyKind): readonly DetailTab[] {
  const tabs: (DetailTab | false)[] = [
    { id: 'summary', title: 'Summary', Panel: Summary },
    hasLogs(kind) && { id: 'logs', title: 'Logs', flush: true, Panel: LogPanel },
    kind.subresources.includes('exec') && {
      id: 'terminal',
      title: 'Terminal',
      flush: true,
      Panel: TerminalPanel,
    },
    kind.kind !== 'Event' && { id: 'events', title: 'Events', Panel: EventsPanel },
    { id: 'yaml', title: 'YAML', flush: true, Panel: EditPanel },
  ];
  return tabs.filter((tab) => tab !== false);
}

export function DetailRoute() {
  const params = useParams({ from: '/c/$cluster/r/$group/$plural/$namespace/$name' });
  const { tab } = useSearch({ from: '/c/$cluster/r/$group/$plural/$namespace/$name' });
  const navigate = useNavigate({ from: '/c/$cluster/r/$group/$plural/$namespace/$name' });
  const { kinds, isComplete } = useKinds(params.cluster);
  const kind = kindFromParams(params, kinds);
  const tabs = useMemo(() => (kind ? tabsOf(kind) : []), [kind]);
  if (kind === undefined) return isComplete ? <NotFound /> : <SkeletonLines />;
  const { cluster, group, plural, name } = params;
  return (
    <DetailPage
      key={`${cluster}/${group}/${plural}/${params.namespace}/${name}`}
      kind={kind}
      objectRef={{ namespace: kind.namespaced ? params.namespace : undefined, name }}
      cluster={cluster}
      tabs={tabs}
      tab={tab}
      onTab={(next) =>
        void navigate({
          search: ({ tab: _old, container: _container, ...rest }) =>
            next === 'summary' ? rest : { ...rest, tab: next },
          replace: true,
        })
      }
      onGone={() =>
        void navigate({
          to: '/c/$cluster/r/$group/$plural',
          params: { cluster, group, plural },
          search: ({ ns }) => (ns ? { ns } : {}),
        })
      }
      actions={(object) => <DetailActions kind={kind} object={object} />}
    />
  );
}
