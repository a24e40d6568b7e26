import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { useDialogs } from '../../resource/dialogs.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/feedback.tsx';
import { missingImages } from './container-state.ts';

/** Offers to bring images the node could not pull from the local Docker engine. */
export function MissingImages({ cluster, pod }: { cluster: string; pod: DeepReadonly<Pod> }) {
  const dialogs = useDialogs();
  const images = missingImages(pod);
  if (images.length === 0) return null;
  return (
    <Notice
      level="error"
      title={`The node could not pull ${images.join(', ')}`}
      action={
        <Button size="sm" onClick={() => dialogs.loadImages(cluster, images)}>
          Load it from your local Docker
        </Button>
      }
    >
      If you built {images.length === 1 ? 'it' : 'them'} on this machine, no registry is needed. The pod goes
      on by itself once the image is there, unless its imagePullPolicy is Always.
    </Notice>
  );
}
