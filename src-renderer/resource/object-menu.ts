import type { AnyKind } from '@shared/kinds/define.ts';
import { hollowNodeLabel } from '@shared/rpc/cluster-config.ts';
import { useNavigate } from '@tanstack/react-router';
import {
  ClipboardCopy,
  FileText,
  Pause,
  PencilLine,
  Play,
  RotateCw,
  Scaling,
  ScrollText,
  ServerOff,
  SquareTerminal,
  Trash2,
} from 'lucide-react';
import { useCallback } from 'react';
import { useCluster } from '../data/context.tsx';
import type { MenuEntry } from '../ui/menu.tsx';
import { useActions } from './actions.tsx';
import { useDialogs } from './dialogs.ts';
import { valueAt } from './json-path.ts';
import { objectParams, refOfObject } from './kind-paths.ts';
import type { AnyObject } from './list-model.ts';

/** Whether objects of the kind have pods whose logs can be read together. */
export function hasLogs(kind: AnyKind): boolean {
  return kind.subresources.includes('log') || kind.scale !== undefined;
}

export function hasTemplate(kind: AnyKind, object: AnyObject): boolean {
  return (
    kind.scale !== undefined && kind.kind !== 'ReplicaSet' && valueAt(object, 'spec.template') !== undefined
  );
}

/** Everything that can be done to one object, derived from what its kind can do. */
export function useObjectMenu(
  kind: AnyKind,
  onDeleted?: () => void,
): (object: AnyObject, where: 'list' | 'page') => readonly MenuEntry[] {
  const { name: cluster } = useCluster();
  const navigate = useNavigate();
  const actions = useActions();
  const dialogs = useDialogs();
  return useCallback(
    (object, where) => {
      const go = (tab: string | undefined) =>
        navigate({
          to: '/c/$cluster/r/$group/$plural/$namespace/$name',
          params: objectParams(cluster, kind, refOfObject(object)),
          search: (previous) => ({
            ...('ns' in previous && previous.ns ? { ns: previous.ns } : {}),
            ...(tab && { tab }),
          }),
        });
      const entries: (MenuEntry | false)[] = [
        where === 'list' && {
          id: 'open',
          label: 'Open',
          icon: FileText,
          shortcut: '↵',
          onSelect: () => void go(undefined),
        },
        hasLogs(kind) && { id: 'logs', label: 'Logs', icon: ScrollText, onSelect: () => void go('logs') },
        kind.subresources.includes('exec') && {
          id: 'shell',
          label: 'Shell',
          icon: SquareTerminal,
          onSelect: () => void go('terminal'),
        },
        kind.verbs.includes('update') && {
          id: 'yaml',
          label: 'Edit YAML',
          icon: PencilLine,
          onSelect: () => void go('yaml'),
        },
        kind.scale !== undefined && {
          id: 'scale',
          label: 'Scale…',
          icon: Scaling,
          separator: true,
          onSelect: () => actions.scale(kind, object),
        },
        hasTemplate(kind, object) && {
          id: 'restart',
          label: 'Restart rollout',
          icon: RotateCw,
          onSelect: () => void actions.restart(kind, [object]),
        },
        isRealNode(kind, object) && {
          id: 'remove-node',
          label: 'Remove node…',
          icon: ServerOff,
          separator: true,
          onSelect: () => dialogs.removeNode(cluster, object.metadata?.name ?? ''),
        },
        ...cordonEntry(kind, object, (value) => void actions.setUnschedulable(kind, object, value)),
        {
          id: 'copy',
          label: 'Copy name',
          icon: ClipboardCopy,
          separator: true,
          onSelect: () => void navigator.clipboard.writeText(object.metadata?.name ?? ''),
        },
        kind.verbs.includes('delete') && {
          id: 'delete',
          label: 'Delete…',
          icon: Trash2,
          danger: true,
          ...(where === 'list' && { shortcut: 'Del' }),
          onSelect: () => actions.remove(kind, [object], onDeleted),
        },
      ];
      return entries.filter((entry) => entry !== false);
    },
    [cluster, kind, navigate, actions, dialogs, onDeleted],
  );
}

/** A node in a container of its own, which can be taken out of the cluster; simulated ones cannot one by one. */
function isRealNode(kind: AnyKind, object: AnyObject): boolean {
  return (
    kind.group === '' && kind.kind === 'Node' && object.metadata?.labels?.[hollowNodeLabel] === undefined
  );
}

function cordonEntry(kind: AnyKind, object: AnyObject, set: (value: boolean) => void): MenuEntry[] {
  if (kind.group !== '' || kind.kind !== 'Node') return [];
  const cordoned = valueAt(object, 'spec.unschedulable') === true;
  return [
    {
      id: 'cordon',
      label: cordoned ? 'Uncordon' : 'Cordon',
      icon: cordoned ? Play : Pause,
      separator: true,
      onSelect: () => set(!cordoned),
    },
  ];
}
