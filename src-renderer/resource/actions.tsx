import type { AnyKind } from '@shared/kinds/define.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useApp, useCluster } from '../data/context.tsx';
import { useToasts } from '../ui/toast.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { type DeleteRequest, deletedText, deleteObjects } from './delete-objects.ts';
import { nameOfObject, refOfObject } from './kind-paths.ts';
import type { AnyObject } from './list-model.ts';
import { ScaleDialog } from './scale-dialog.tsx';

/** What can be done to objects, from any list, page or the palette. Failures become toasts or stay in the dialog. */
export interface Actions {
  /** Asks first, unless the settings say not to; `onDeleted` runs when it was done. */
  remove(kind: AnyKind, objects: readonly AnyObject[], onDeleted?: () => void): void;
  scale(kind: AnyKind, object: AnyObject): void;
  /** A new rollout with unchanged templates, as `kubectl rollout restart` does it. */
  restart(kind: AnyKind, objects: readonly AnyObject[]): Promise<void>;
  /** Cordons or uncordons a node. */
  setUnschedulable(kind: AnyKind, node: AnyObject, unschedulable: boolean): Promise<void>;
}

const ActionsContext = createContext<Actions | null>(null);

export function useActions(): Actions {
  const actions = useContext(ActionsContext);
  if (actions === null) throw new Error('useActions outside ActionsProvider');
  return actions;
}

type Open =
  | { readonly type: 'delete'; readonly request: DeleteRequest; readonly onDeleted: (() => void) | undefined }
  | { readonly type: 'scale'; readonly kind: AnyKind; readonly object: AnyObject };

/** Annotation by which `kubectl rollout restart` changes a pod template. */
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

export function ActionsProvider({ children }: { children: ReactNode }) {
  const app = useApp();
  const { client } = useCluster();
  const toasts = useToasts();
  const [open, setOpen] = useState<Open | null>(null);
  const removeAtOnce = useCallback(
    async (request: DeleteRequest, onDeleted: (() => void) | undefined) => {
      const failed = await deleteObjects(client, request, { propagation: 'Background', immediately: false });
      for (const error of failed) toasts.failed(error);
      if (failed.length > 0) return;
      toasts.done(deletedText(request));
      onDeleted?.();
    },
    [client, toasts],
  );
  const actions = useMemo<Actions>(
    () => ({
      remove: (kind, objects, onDeleted) => {
        const request = { kind, objects };
        if (app.settings.get()?.confirmDelete === false) void removeAtOnce(request, onDeleted);
        else setOpen({ type: 'delete', request, onDeleted });
      },
      scale: (kind, object) => setOpen({ type: 'scale', kind, object }),
      restart: async (kind, objects) => {
        const body = {
          spec: { template: { metadata: { annotations: { [restartedAt]: rfc3339(Date.now()) } } } },
        };
        for (const object of objects) {
          try {
            await client.patch(
              kind,
              refOfObject(object),
              { type: 'merge', body },
              { fieldManager: 'slipway' },
            );
            toasts.done(`${nameOfObject(kind, refOfObject(object))} is restarting`);
          } catch (error) {
            toasts.failed(error);
          }
        }
      },
      setUnschedulable: async (kind, node, unschedulable) => {
        try {
          const body = { spec: { unschedulable: unschedulable ? true : null } };
          await client.patch(kind, refOfObject(node), { type: 'merge', body }, { fieldManager: 'slipway' });
          toasts.done(`${node.metadata?.name} ${unschedulable ? 'takes no new pods' : 'takes pods again'}`);
        } catch (error) {
          toasts.failed(error);
        }
      },
    }),
    [app, client, toasts, removeAtOnce],
  );
  return (
    <ActionsContext value={actions}>
      {children}
      {open?.type === 'delete' && (
        <DeleteDialog
          request={open.request}
          onClose={(deleted) => {
            setOpen(null);
            if (deleted) open.onDeleted?.();
          }}
        />
      )}
      {open?.type === 'scale' && (
        <ScaleDialog kind={open.kind} object={open.object} onClose={() => setOpen(null)} />
      )}
    </ActionsContext>
  );
}
