import type { AnyKind } from '@shared/kinds/define.ts';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import { useCluster } from '../data/context.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice } from '../ui/feedback.tsx';
import { useToasts } from '../ui/toast.tsx';
import { valueAt } from './json-path.ts';
import { refOfObject } from './kind-paths.ts';
import type { AnyObject } from './list-model.ts';

/** Sets the number of replicas through the `scale` subresource. */
export function ScaleDialog({
  kind,
  object,
  onClose,
}: {
  kind: AnyKind;
  object: AnyObject;
  onClose: () => void;
}) {
  const { client } = useCluster();
  const toasts = useToasts();
  const current = Number(valueAt(object, kind.scale?.specReplicas ?? '') ?? 1);
  const [text, setText] = useState(String(current));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const wanted = Number(text);
  const valid = /^\d+$/.test(text.trim()) && wanted <= 100_000;
  const name = object.metadata?.name ?? '';

  const apply = async () => {
    setBusy(true);
    setError(null);
    try {
      const body = { spec: { replicas: wanted } };
      await client.patch(
        kind,
        refOfObject(object),
        { type: 'merge', body },
        { subresource: 'scale', fieldManager: 'slipway' },
      );
      toasts.done(`${name} scaled from ${current} to ${wanted}`);
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const step = (by: number) => setText(String(Math.max(0, (valid ? wanted : current) + by)));

  return (
    <Dialog
      title={`Scale ${name}`}
      description={`${kind.kind} with ${current} replica${current === 1 ? '' : 's'} now.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={!valid || busy || wanted === current}
            onClick={() => void apply()}
          >
            {valid ? `Scale to ${wanted}` : 'Scale'}
          </Button>
        </>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (valid && !busy && wanted !== current) void apply();
        }}
      >
        {error !== null && <ErrorNotice error={error} />}
        <div className="row">
          <Button className="icon" aria-label="One less" onClick={() => step(-1)}>
            <Minus size={14} />
          </Button>
          <input
            className="input num"
            style={{ width: 90, textAlign: 'center' }}
            inputMode="numeric"
            aria-label="Replicas"
            aria-invalid={!valid}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button className="icon" aria-label="One more" onClick={() => step(1)}>
            <Plus size={14} />
          </Button>
          {!valid && <span className="muted">A whole number from 0.</span>}
        </div>
      </form>
    </Dialog>
  );
}
