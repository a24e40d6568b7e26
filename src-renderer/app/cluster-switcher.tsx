import type { ClusterState } from '@shared/rpc/contract.ts';
import { useNavigate } from '@tanstack/react-router';
import { Check, ChevronsUpDown, Plus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useApp } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { clusterLevel } from '../features/home/cluster-level.ts';
import { Dot } from '../ui/feedback.tsx';

/** Shows the cluster at hand and leads to the others. */
export function ClusterSwitcher({ cluster }: { cluster: string | undefined }) {
  const app = useApp();
  const clusters = useReadable(app.clusters) ?? [];
  const navigate = useNavigate();
  const current = clusters.find((item) => item.name === cluster);
  const dot = (state: ClusterState) => <Dot level={clusterLevel(state)} text={state} />;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="switcher" aria-label="Choose a cluster">
        {current ? dot(current.state) : <Dot level="done" />}
        <span className="grow truncate">{cluster ?? 'Choose cluster'}</span>
        <ChevronsUpDown size={14} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={5} style={{ width: 216 }}>
          {clusters.map((item) => (
            <DropdownMenu.Item
              key={item.name}
              className="menu-item"
              onSelect={() => void navigate({ to: '/c/$cluster', params: { cluster: item.name } })}
            >
              {dot(item.state)}
              <span className="grow truncate">{item.name}</span>
              {item.name === cluster && <Check size={14} />}
            </DropdownMenu.Item>
          ))}
          {clusters.length > 0 && <DropdownMenu.Separator className="menu-separator" />}
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => void navigate({ to: '/', search: { create: true } })}
          >
            <Plus size={14} /> Create cluster
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
