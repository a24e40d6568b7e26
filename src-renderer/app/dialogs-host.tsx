import { type ReactNode, useMemo, useState } from 'react';
import { LoadImagesDialog } from '../features/images/load-images-dialog.tsx';
import { AddNodesDialog } from '../features/nodes/add-nodes-dialog.tsx';
import { RemoveNodeDialog } from '../features/nodes/remove-node-dialog.tsx';
import { SettingsDialog } from '../features/settings/settings-dialog.tsx';
import { type Dialogs, DialogsProvider } from '../resource/dialogs.ts';

type Open =
  | { readonly type: 'add-nodes'; readonly cluster: string }
  | { readonly type: 'remove-node'; readonly cluster: string; readonly node: string }
  | { readonly type: 'load-images'; readonly cluster: string; readonly images: readonly string[] }
  | { readonly type: 'settings' };

/** Holds the one dialog about clusters that is open, over whatever page. */
export function DialogsHost({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const dialogs = useMemo<Dialogs>(
    () => ({
      addNodes: (cluster) => setOpen({ type: 'add-nodes', cluster }),
      removeNode: (cluster, node) => setOpen({ type: 'remove-node', cluster, node }),
      loadImages: (cluster, images = []) => setOpen({ type: 'load-images', cluster, images }),
      settings: () => setOpen({ type: 'settings' }),
    }),
    [],
  );
  return (
    <DialogsProvider value={dialogs}>
      {children}
      {open !== null && <OpenDialog open={open} onClose={() => setOpen(null)} />}
    </DialogsProvider>
  );
}

function OpenDialog({ open, onClose }: { open: Open; onClose: () => void }) {
  switch (open.type) {
    case 'add-nodes':
      return <AddNodesDialog cluster={open.cluster} onClose={onClose} />;
    case 'remove-node':
      return <RemoveNodeDialog cluster={open.cluster} node={open.node} onClose={onClose} />;
    case 'load-images':
      return <LoadImagesDialog cluster={open.cluster} images={open.images} onClose={onClose} />;
    case 'settings':
      return <SettingsDialog onClose={onClose} />;
  }
}
