import type { AnyKind } from '@shared/kinds/define.ts';
import {
  Bell,
  Box,
  Boxes,
  Braces,
  Cable,
  CircleDot,
  FolderTree,
  Hourglass,
  IdCard,
  KeyRound,
  Layers,
  type LucideIcon,
  Network,
  Rocket,
  Server,
  Unplug,
} from 'lucide-react';

/** Icons of well-known kinds; any other kind gets a plain one. */
const icons: Readonly<Record<string, LucideIcon>> = {
  '/Pod': Box,
  '/Node': Server,
  '/Namespace': FolderTree,
  '/Service': Network,
  '/Endpoints': Unplug,
  '/ConfigMap': Braces,
  '/Secret': KeyRound,
  '/ServiceAccount': IdCard,
  '/Event': Bell,
  'apps/Deployment': Rocket,
  'apps/ReplicaSet': Layers,
  'apps/StatefulSet': Boxes,
  'discovery.k8s.io/EndpointSlice': Cable,
  'coordination.k8s.io/Lease': Hourglass,
};

export function KindIcon({ kind, size = 15 }: { kind: AnyKind; size?: number }) {
  const Icon = icons[`${kind.group}/${kind.kind}`] ?? CircleDot;
  return <Icon size={size} aria-hidden />;
}
