import { Link, useParams, useRouterState } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { useKinds } from '../data/context.tsx';
import { kindFromParams } from '../resource/kind-paths.ts';

/** Cluster › kind › object, each a way back. */
export function Breadcrumbs() {
  const { cluster, group, plural, name, namespace } = useParams({ strict: false });
  const applying = useRouterState({ select: (state) => state.location.pathname.endsWith('/apply') });
  const keep = (previous: object) =>
    'ns' in previous && typeof previous.ns === 'string' ? { ns: previous.ns } : {};
  const { kinds } = useKinds(cluster);
  const kind =
    group !== undefined && plural !== undefined ? kindFromParams({ group, plural }, kinds) : undefined;
  const parts: ReactNode[] = [
    <Link key="home" to="/">
      Clusters
    </Link>,
  ];
  if (cluster !== undefined)
    parts.push(
      <Link key="cluster" to="/c/$cluster" params={{ cluster }} search={keep}>
        {cluster}
      </Link>,
    );
  if (applying) parts.push(<span key="apply">Apply YAML</span>);
  if (cluster !== undefined && group !== undefined && plural !== undefined) {
    parts.push(
      <Link key="kind" to="/c/$cluster/r/$group/$plural" params={{ cluster, group, plural }} search={keep}>
        {kind?.view.title ?? plural}
      </Link>,
    );
  }
  if (name !== undefined)
    parts.push(
      <span key="name" className="truncate">
        {namespace !== '-' && <span className="muted">{namespace} / </span>}
        {name}
      </span>,
    );
  return (
    <nav className="crumbs" aria-label="Breadcrumbs">
      {parts.map((part, index) => (
        <Fragment key={`part-${index.toString()}`}>
          {index > 0 && <ChevronRight size={13} aria-hidden />}
          {part}
        </Fragment>
      ))}
    </nav>
  );
}
