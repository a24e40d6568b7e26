import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Age } from '../../ui/age.tsx';
import { Badge, Dot } from '../../ui/feedback.tsx';
import { plural } from '../../ui/format.ts';
import { LongText } from '../../ui/long-text.tsx';
import { type ContainerWithStatus, envText, probeText, stateText } from './container-state.ts';

/** One container: state and reasons first, then what it was told to be. */
export function ContainerCard({ container, status, init }: ContainerWithStatus) {
  const state = stateText(status?.state, init ? undefined : status?.ready);
  const last =
    status?.lastState && Object.keys(status.lastState).length > 0
      ? stateText(status.lastState, undefined)
      : undefined;
  const restarts = status?.restartCount ?? 0;
  const { requests, limits } = container.resources ?? {};
  const command = [...(container.command ?? []), ...(container.args ?? [])];
  return (
    <section className="card" aria-label={`Container ${container.name}`}>
      <header>
        <Dot level={state.level} />
        <h2 className="mono">{container.name}</h2>
        {init && <Badge>init</Badge>}
        {restarts > 0 && <Badge level="warn">{plural(restarts, 'restart')}</Badge>}
        <Badge level={state.level}>{state.text}</Badge>
      </header>
      <div className="body stack">
        {state.message && (
          <p className={`container-message tone-${state.level}`}>
            <LongText text={state.message} />
          </p>
        )}
        <dl className="kv">
          <dt>Image</dt>
          <dd className="mono">{container.image}</dd>
          {state.at && (
            <>
              <dt>{status?.state?.terminated ? 'Ended' : 'Started'}</dt>
              <dd>
                <Age at={state.at} suffix=" ago" />
              </dd>
            </>
          )}
          {last && (
            <>
              <dt>Before that</dt>
              <dd>
                {last.text}
                {last.at && (
                  <span className="muted">
                    {', '}
                    <Age at={last.at} suffix=" ago" />
                  </span>
                )}
                {last.message && (
                  <div className="muted">
                    <LongText text={last.message} />
                  </div>
                )}
              </dd>
            </>
          )}
          {command.length > 0 && (
            <>
              <dt>Command</dt>
              <dd className="mono">{command.join(' ')}</dd>
            </>
          )}
          {(container.ports?.length ?? 0) > 0 && (
            <>
              <dt>Ports</dt>
              <dd className="chips">
                {container.ports?.map((port) => (
                  <span key={`${port.containerPort}/${port.protocol}`} className="chip">
                    {port.name && <>{port.name}&nbsp;</>}
                    <b>{port.containerPort}</b>/{port.protocol ?? 'TCP'}
                  </span>
                ))}
              </dd>
            </>
          )}
          <dt>Resources</dt>
          <dd>
            {requests || limits ? (
              <>
                {resources('requests', requests)} {resources('limits', limits)}
              </>
            ) : (
              <span className="muted">no requests, no limits</span>
            )}
          </dd>
          {(['startupProbe', 'readinessProbe', 'livenessProbe'] as const).map((name) => {
            const probe = container[name];
            return probe ? (
              <div key={name} style={{ display: 'contents' }}>
                <dt>
                  {
                    {
                      startupProbe: 'Startup probe',
                      readinessProbe: 'Readiness probe',
                      livenessProbe: 'Liveness probe',
                    }[name]
                  }
                </dt>
                <dd>{probeText(probe)}</dd>
              </div>
            ) : null;
          })}
        </dl>
        {(container.env?.length ?? 0) + (container.envFrom?.length ?? 0) > 0 && (
          <Fold
            title={plural(
              (container.env?.length ?? 0) + (container.envFrom?.length ?? 0),
              'environment variable',
            )}
          >
            <dl className="kv">
              {container.envFrom?.map((source) => (
                <div
                  key={source.configMapRef?.name ?? source.secretRef?.name}
                  style={{ display: 'contents' }}
                >
                  <dt className="muted">all of</dt>
                  <dd>
                    {source.configMapRef
                      ? `config map ${source.configMapRef.name}`
                      : `secret ${source.secretRef?.name}`}
                  </dd>
                </div>
              ))}
              {container.env?.map((variable) => {
                const { text, from } = envText(variable);
                return (
                  <div key={variable.name} style={{ display: 'contents' }}>
                    <dt className="mono">{variable.name}</dt>
                    <dd className={from ? 'muted' : 'mono'}>{text}</dd>
                  </div>
                );
              })}
            </dl>
          </Fold>
        )}
        {(container.volumeMounts?.length ?? 0) > 0 && (
          <Fold title={plural(container.volumeMounts?.length ?? 0, 'mount')}>
            <dl className="kv">
              {container.volumeMounts?.map((mount) => (
                <div key={mount.mountPath} style={{ display: 'contents' }}>
                  <dt className="mono">{mount.mountPath}</dt>
                  <dd>
                    {mount.name}
                    {mount.subPath ? ` / ${mount.subPath}` : ''}
                    {mount.readOnly && <span className="muted"> read only</span>}
                  </dd>
                </div>
              ))}
            </dl>
          </Fold>
        )}
      </div>
    </section>
  );
}

function resources(what: string, values: Readonly<Record<string, string>> | undefined): ReactNode {
  if (values === undefined) return null;
  const text = Object.entries(values).map(([name, amount]) => `${name} ${amount}`);
  return (
    <span className="nowrap">
      <span className="muted">{what}</span> {text.join(', ')}
    </span>
  );
}

function Fold({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={13} className={open ? 'open' : ''} /> {title}
      </button>
      {open && <div className="fold-body">{children}</div>}
    </div>
  );
}
