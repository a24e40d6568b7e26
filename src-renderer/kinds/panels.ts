import type { AnyKind } from '@shared/kinds/define.ts';
import type { ComponentType } from 'react';
import type { PanelProps } from '../resource/detail-page.tsx';
import { ConfigMapPanel, SecretPanel } from './config-data/data-panel.tsx';
import { DeploymentPanel } from './deployment/deployment-panel.tsx';
import { ReplicaSetPanel } from './deployment/replica-set-panel.tsx';
import { EventPanel } from './event/event-panel.tsx';
import { NodePanel } from './node/node-panel.tsx';
import { PodPanel } from './pod/pod-panel.tsx';
import { ServicePanel } from './service/service-panel.tsx';

/** Panels that kinds bring to their summary; a kind without one still has everything else. */
const panels: Readonly<Record<string, ComponentType<PanelProps>>> = {
  '/Pod': PodPanel,
  '/Node': NodePanel,
  '/Service': ServicePanel,
  '/ConfigMap': ConfigMapPanel,
  '/Secret': SecretPanel,
  '/Event': EventPanel,
  'apps/Deployment': DeploymentPanel,
  'apps/ReplicaSet': ReplicaSetPanel,
};

export function panelOf(kind: AnyKind): ComponentType<PanelProps> | undefined {
  return panels[`${kind.group}/${kind.kind}`];
}
