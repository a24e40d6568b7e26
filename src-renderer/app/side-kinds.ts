import type { AnyKind, KindView } from '@shared/kinds/define.ts';

type SectionId = KindView<unknown>['section'];

interface SectionPlan {
  readonly id: SectionId;
  readonly title: string;
  /** Folded until somebody opens it. */
  readonly startsClosed?: boolean;
  /** Kinds looked at every day, in this order; the section's others stand behind “more”. Absent: all, as they come. */
  readonly everyday?: readonly string[];
}

const plans: readonly SectionPlan[] = [
  { id: 'cluster', title: 'Cluster', everyday: ['Node', 'Namespace', 'Event', 'CustomResourceDefinition'] },
  {
    id: 'workloads',
    title: 'Workloads',
    everyday: [
      'Pod',
      'Deployment',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'CronJob',
      'ReplicaSet',
      'HorizontalPodAutoscaler',
    ],
  },
  { id: 'network', title: 'Network', everyday: ['Service', 'EndpointSlice', 'Ingress', 'NetworkPolicy'] },
  {
    id: 'config',
    title: 'Configuration',
    everyday: ['ConfigMap', 'Secret', 'ResourceQuota', 'LimitRange'],
  },
  {
    id: 'storage',
    title: 'Storage',
    startsClosed: true,
    everyday: ['PersistentVolumeClaim', 'PersistentVolume', 'StorageClass'],
  },
  {
    id: 'access',
    title: 'Access',
    startsClosed: true,
    everyday: ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  },
  { id: 'custom', title: 'Custom resources' },
];

/** What the reader has done to the side bar. */
export interface SideState {
  /** Folding told by hand, by `SECTION` and `SECTION/more`: true is open. */
  readonly open: Readonly<Record<string, boolean>>;
  readonly filter: string;
  /** `group/plural` of the list on the page, which is always to be seen. */
  readonly current: string | undefined;
}

export interface SideSection {
  readonly id: SectionId;
  readonly title: string;
  readonly open: boolean;
  readonly shown: readonly AnyKind[];
  /** How many are folded away. */
  readonly folded: number;
  /** How many more there are, or how many of those shown can be folded again; 0: no such line. */
  readonly more: { readonly count: number; readonly open: boolean };
}

/** `group/plural`, the key of a kind in the side bar. */
export function sideKey(kind: Pick<AnyKind, 'group' | 'plural'>): string {
  return `${kind.group}/${kind.plural}`;
}

/**
 * The side bar's sections with the kinds to be seen. A filter looks into everything, folded or not, and finds titles,
 * names and kubectl's short names; sections without a hit go.
 */
export function planSideBar(kinds: readonly AnyKind[], state: SideState): readonly SideSection[] {
  const sections = plans.map((plan) => planSection(plan, kinds, state));
  return sections.filter(
    (section) =>
      section.shown.length > 0 || (!section.open && (section.more.count > 0 || section.folded > 0)),
  );
}

function planSection(plan: SectionPlan, kinds: readonly AnyKind[], state: SideState): SideSection {
  const members = kinds.filter((kind) => kind.view.section === plan.id);
  const everyday = plan.everyday?.flatMap((name) => members.filter((kind) => kind.kind === name)) ?? members;
  const others = members.filter((kind) => !everyday.includes(kind));
  const { id, title } = plan;
  if (state.filter.trim() !== '') {
    const shown = [...everyday, ...others].filter((kind) => matches(kind, state.filter));
    return { id, title, open: true, shown, folded: 0, more: { count: 0, open: false } };
  }
  const open = state.open[id] ?? !plan.startsClosed;
  const moreOpen = state.open[`${id}/more`] ?? false;
  const seen = open ? [...everyday, ...(moreOpen ? others : [])] : [];
  const current = members.find((kind) => sideKey(kind) === state.current);
  return {
    id,
    title,
    open,
    folded: open ? 0 : members.length,
    shown: current && !seen.includes(current) ? [...seen, current] : seen,
    more: { count: others.length, open: moreOpen },
  };
}

function matches(kind: AnyKind, filter: string): boolean {
  const text = filter.trim().toLowerCase();
  return (
    kind.shortNames.includes(text) ||
    [kind.view.title, kind.kind, kind.plural].some((name) => name.toLowerCase().includes(text))
  );
}
