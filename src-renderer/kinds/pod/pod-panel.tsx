import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import type { Pod, Volume } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Link } from '@tanstack/react-router';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { objectParams } from '../../resource/kind-paths.ts';
import { Card } from '../../ui/card.tsx';
import { LongText } from '../../ui/long-text.tsx';
import { ContainerCard } from './container-card.tsx';
import type { ContainerWithStatus } from './container-state.ts';
import { MissingImages } from './missing-images.tsx';
import './pod.css';

/** A pod's containers with everything that explains how they fare, its addresses and volumes. */
export function PodPanel({ object, cluster }: PanelProps) {
  const pod = object as DeepReadonly<Pod>;
  const { spec, status } = pod;
  const containers = withStatus(pod);
  return (
    <>
      {status?.message && (
        <div className="notice tone-warn">
          <div>
            <p className="what">{status.reason}</p>
            <p className="remedy">
              <LongText text={status.message} />
            </p>
          </div>
        </div>
      )}
      <MissingImages cluster={cluster} pod={pod} />
      <Card title="Placement">
        <dl className="kv">
          <dt>Node</dt>
          <dd>
            {spec?.nodeName ? (
              <Link
                to="/c/$cluster/r/$group/$plural/$namespace/$name"
                params={objectParams(cluster, nodeKind, { name: spec.nodeName })}
              >
                {spec.nodeName}
              </Link>
            ) : (
              <span className="muted">not scheduled yet</span>
            )}
          </dd>
          <dt>Pod IP</dt>
          <dd className="mono">
            {status?.podIPs?.map((address) => address.ip).join(', ') || status?.podIP || '–'}
          </dd>
          <dt>Restart policy</dt>
          <dd>{spec?.restartPolicy}</dd>
          <dt>Service account</dt>
          <dd>{spec?.serviceAccountName ?? 'default'}</dd>
          <dt>Quality of service</dt>
          <dd>{status?.qosClass ?? '–'}</dd>
        </dl>
      </Card>
      {containers.map((item) => (
        <ContainerCard key={item.container.name} {...item} />
      ))}
      {(spec?.volumes?.length ?? 0) > 0 && (
        <Card title="Volumes">
          <dl className="kv">
            {spec?.volumes?.map((volume) => (
              <div key={volume.name} style={{ display: 'contents' }}>
                <dt className="mono">{volume.name}</dt>
                <dd>
                  <VolumeSource cluster={cluster} namespace={pod.metadata?.namespace} volume={volume} />
                </dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
    </>
  );
}

function withStatus({ spec, status }: DeepReadonly<Pod>): ContainerWithStatus[] {
  const of = (
    statuses: typeof status extends undefined ? never : NonNullable<typeof status>['containerStatuses'],
    name: string,
  ) => statuses?.find((item) => item.name === name);
  return [
    ...(spec?.initContainers ?? []).map((container) => ({
      container,
      status: of(status?.initContainerStatuses, container.name),
      init: true,
    })),
    ...(spec?.containers ?? []).map((container) => ({
      container,
      status: of(status?.containerStatuses, container.name),
      init: false,
    })),
  ];
}

function VolumeSource({
  cluster,
  namespace,
  volume,
}: {
  cluster: string;
  namespace: string | undefined;
  volume: DeepReadonly<Volume>;
}) {
  if (volume.configMap?.name) {
    return (
      <Link
        to="/c/$cluster/r/$group/$plural/$namespace/$name"
        params={objectParams(cluster, configMapKind, { namespace, name: volume.configMap.name })}
      >
        config map {volume.configMap.name}
      </Link>
    );
  }
  if (volume.secret?.secretName) {
    return (
      <Link
        to="/c/$cluster/r/$group/$plural/$namespace/$name"
        params={objectParams(cluster, secretKind, { namespace, name: volume.secret.secretName })}
      >
        secret {volume.secret.secretName}
      </Link>
    );
  }
  if (volume.emptyDir)
    return (
      <>
        empty folder{volume.emptyDir.medium ? ` in ${volume.emptyDir.medium}` : ''}
        {volume.emptyDir.sizeLimit ? `, at most ${volume.emptyDir.sizeLimit}` : ''}
      </>
    );
  if (volume.hostPath)
    return (
      <>
        node’s folder <span className="mono">{volume.hostPath.path}</span>
      </>
    );
  if (volume.projected)
    return (
      <span className="muted">
        projected ({volume.projected.sources?.map((source) => Object.keys(source)[0]).join(', ')})
      </span>
    );
  if (volume.persistentVolumeClaim) return <>claim {volume.persistentVolumeClaim.claimName}</>;
  const type = Object.keys(volume).find((key) => key !== 'name');
  return <>{type ?? 'empty folder'}</>;
}
