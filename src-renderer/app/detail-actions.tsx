import type { AnyKind } from '@shared/kinds/define.ts';
import { Pause, Play, RotateCw, Scaling } from 'lucide-react';
import { useActions } from '../resource/actions.tsx';
import { valueAt } from '../resource/json-path.ts';
import type { AnyObject } from '../resource/list-model.ts';
import { hasTemplate } from '../resource/object-menu.ts';
import { Button } from '../ui/button.tsx';

/** The one or two things most often done to an object of this kind. */
export function DetailActions({ kind, object }: { kind: AnyKind; object: AnyObject }) {
  const actions = useActions();
  const cordoned = valueAt(object, 'spec.unschedulable') === true;
  return (
    <>
      {kind.scale && (
        <Button onClick={() => actions.scale(kind, object)}>
          <Scaling size={14} /> Scale
        </Button>
      )}
      {hasTemplate(kind, object) && (
        <Button onClick={() => void actions.restart(kind, [object])}>
          <RotateCw size={14} /> Restart
        </Button>
      )}
      {kind.kind === 'Node' && (
        <Button onClick={() => void actions.setUnschedulable(kind, object, !cordoned)}>
          {cordoned ? <Play size={14} /> : <Pause size={14} />} {cordoned ? 'Uncordon' : 'Cordon'}
        </Button>
      )}
    </>
  );
}
