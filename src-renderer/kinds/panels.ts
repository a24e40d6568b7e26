import type { AnyKind } from '@shared/kinds/define.ts';
import type { ComponentType } from 'react';
import type { PanelProps } from '../resource/detail-page.tsx';

/** Panels that kinds bring to their summary; a kind without one still has everything else. */
const panels: Readonly<Record<string, ComponentType<PanelProps>>> = {};

export function panelOf(kind: AnyKind): ComponentType<PanelProps> | undefined {
  return panels[`${kind.group}/${kind.kind}`];
}
