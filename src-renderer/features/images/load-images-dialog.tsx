import { useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNotice, Notice } from '../../ui/feedback.tsx';
import { Field } from '../../ui/field.tsx';
import { plural } from '../../ui/format.ts';
import { OperationDialog } from '../operations/operation-dialog.tsx';
import { imageProblem, parseImages } from './parse-images.ts';

export interface LoadImagesProps {
  readonly cluster: string;
  /** What the form begins with. */
  readonly images: readonly string[];
  readonly onClose: () => void;
}

/** Puts images of the local Docker engine, or of tar files, onto every node of a cluster. */
export function LoadImagesDialog({ cluster, images: given, onClose }: LoadImagesProps) {
  const app = useApp();
  const summary = useReadable(app.clusters)?.find((item) => item.name === cluster);
  const [text, setText] = useState(given.join('\n'));
  const [operationId, setOperationId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const images = parseImages(text);
  const problem = images.map(imageProblem).find((item) => item !== undefined);
  const valid = images.length > 0 && problem === undefined;
  const what = plural(images.length, 'image');

  if (operationId !== null) {
    return (
      <OperationDialog
        operationId={operationId}
        titles={{
          running: `Loading ${what} into ${cluster}`,
          done: `${what} loaded into ${cluster}`,
          failed: 'The images could not be loaded',
          cancelled: 'Loading was called off',
        }}
        cancelLabel="Cancel loading"
        onAgain={() => setOperationId(null)}
        onClose={onClose}
      />
    );
  }
  const load = async () => {
    setBusy(true);
    setError(null);
    try {
      setOperationId((await app.rpc.call('image.load', { cluster, images })).operationId);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Dialog
      title="Load images"
      description={`Into every Docker node of cluster ${cluster}, without a registry.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="load-images" disabled={!valid || busy}>
            {images.length > 1 ? `Load ${what}` : 'Load'}
          </Button>
        </>
      }
    >
      <form
        id="load-images"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (valid && !busy) void load();
        }}
      >
        {error !== null && <ErrorNotice error={error} />}
        {summary?.driver === 'hollow' && (
          <Notice level="warn" title="Simulated nodes need no images">
            Their pods start without any. There is nothing to load into this cluster.
          </Notice>
        )}
        <Field
          label="Images"
          problem={problem}
          hint="One per line: a name your local Docker knows (docker images), or the absolute path of a tar file (docker save)."
        >
          {(control) => (
            <textarea
              {...control}
              className="input area mono"
              rows={4}
              spellCheck={false}
              placeholder={'my-app:dev\n/home/me/my-app.tar'}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
