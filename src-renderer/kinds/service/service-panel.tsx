import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Link } from '@tanstack/react-router';
import { useObjects } from '../../data/context.tsx';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { objectParams } from '../../resource/kind-paths.ts';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dot, Notice } from '../../ui/feedback.tsx';

const serviceNameLabel = 'kubernetes.io/service-name';

/** Where the service listens and who answers. */
export function ServicePanel({ object, cluster }: PanelProps) {
  const service = object as DeepReadonly<Service>;
  const { name, namespace } = service.metadata ?? {};
  const slices = useObjects({
    kind: endpointSliceKind,
    namespace,
    labelSelector: `${serviceNameLabel}=${name}`,
  });
  const endpoints = slices.objects.flatMap((slice) =>
    (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint, ports: slice.ports })),
  );
  const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready !== false).length;
  const selector = Object.entries(service.spec?.selector ?? {});
  const firstPort = service.spec?.ports?.find((port) => (port.protocol ?? 'TCP') === 'TCP')?.port;
  const forward = `kubectl port-forward -n ${namespace} service/${name} :${firstPort}`;
  return (
    <>
      {slices.synced && ready === 0 && selector.length > 0 && (
        <Notice level="warn" title="Nobody answers">
          No ready pod has the labels {selector.map(([key, value]) => `${key}=${value}`).join(', ')}. Look
          whether such pods exist and are ready.
        </Notice>
      )}
      <Card title="Ports">
        <table className="plain-table">
          <thead>
            <tr>
              <th>Name</th>
              <th>Port</th>
              <th>Leads to</th>
              <th>Node port</th>
            </tr>
          </thead>
          <tbody>
            {service.spec?.ports?.map((port) => (
              <tr key={`${port.port}/${port.protocol}`}>
                <td>{port.name ?? '–'}</td>
                <td className="num">
                  {port.port}/{port.protocol ?? 'TCP'}
                </td>
                <td className="num">{port.targetPort ?? port.port}</td>
                <td className="num">{port.nodePort ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <dl className="kv" style={{ marginTop: 12 }}>
          <dt>In the cluster</dt>
          <dd className="mono">
            {name}.{namespace}.svc
          </dd>
          {firstPort !== undefined && (
            <>
              <dt>From this machine</dt>
              <dd className="row">
                <code>{forward}</code>
                <CopyButton label="Copy the command" text={forward} />
              </dd>
            </>
          )}
          <dt>Selector</dt>
          <dd className="chips">
            {selector.length === 0 ? (
              <span className="muted">none</span>
            ) : (
              selector.map(([key, value]) => (
                <span key={key} className="chip">
                  {key}=<b>{value}</b>
                </span>
              ))
            )}
          </dd>
        </dl>
      </Card>
      <Card title={`Endpoints (${ready} of ${endpoints.length} ready)`}>
        {endpoints.length === 0 ? (
          <p className="muted">None.</p>
        ) : (
          <table className="plain-table">
            <thead>
              <tr>
                <th>Address</th>
                <th>Pod</th>
                <th>Node</th>
              </tr>
            </thead>
            <tbody>
              {endpoints.map((endpoint) => {
                const isReady = endpoint.conditions?.ready !== false;
                return (
                  <tr key={endpoint.addresses.join()}>
                    <td>
                      <span className="row">
                        <Dot level={isReady ? 'ok' : 'warn'} text={isReady ? 'Ready' : 'Not ready'} />
                        <span className="mono">
                          {endpoint.addresses.join(', ')}
                          {endpoint.ports?.map((port) => `:${port.port}`).join(' ')}
                        </span>
                      </span>
                    </td>
                    <td>
                      {endpoint.targetRef?.kind === 'Pod' && endpoint.targetRef.name && (
                        <Link
                          to="/c/$cluster/r/$group/$plural/$namespace/$name"
                          params={objectParams(cluster, podKind, {
                            namespace: endpoint.targetRef.namespace ?? namespace,
                            name: endpoint.targetRef.name,
                          })}
                        >
                          {endpoint.targetRef.name}
                        </Link>
                      )}
                    </td>
                    <td className="muted">{endpoint.nodeName}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Card>
    </>
  );
}
