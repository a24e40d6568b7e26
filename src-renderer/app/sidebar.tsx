import type { AnyKind, KindView } from '@shared/kinds/define.ts';
import { Link } from '@tanstack/react-router';
import { FilePlus2, Gauge, Home } from 'lucide-react';
import { useApp } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { kinds } from '../data/window-kinds.ts';
import { KindIcon } from '../resource/kind-icon.tsx';
import { groupParam } from '../resource/kind-paths.ts';
import mark from '../ui/mark.svg';
import { ClusterSwitcher } from './cluster-switcher.tsx';
import { useCounts } from './use-counts.ts';

const sections: readonly { id: KindView<unknown>['section']; title: string }[] = [
  { id: 'workloads', title: 'Workloads' },
  { id: 'network', title: 'Network' },
  { id: 'config', title: 'Configuration' },
  { id: 'storage', title: 'Storage' },
  { id: 'access', title: 'Access' },
  { id: 'cluster', title: 'Cluster' },
];

/** Clusters on top, below them everything the chosen cluster serves, by section. */
export function Sidebar({ cluster }: { cluster: string | undefined }) {
  const app = useApp();
  const clusters = useReadable(app.clusters);
  const current = clusters?.find((item) => item.name === cluster);
  return (
    <nav className="side" aria-label="Main">
      <div className="side-brand">
        <img src={mark} alt="" width={22} height={22} />
        <b>Slipway</b>
      </div>
      <ClusterSwitcher cluster={cluster} />
      <div className="side-scroll">
        <ul>
          <li>
            <Link to="/" className="side-link" activeOptions={{ exact: true, includeSearch: false }}>
              <Home size={15} /> Clusters
              {clusters && clusters.length > 0 && <span className="side-count num">{clusters.length}</span>}
            </Link>
          </li>
        </ul>
        {cluster !== undefined && (current?.state === 'running' || current?.state === 'starting') && (
          <ClusterLinks cluster={cluster} />
        )}
      </div>
    </nav>
  );
}

function ClusterLinks({ cluster }: { cluster: string }) {
  const counts = useCounts(cluster);
  const keepNamespace = (previous: object) =>
    'ns' in previous && typeof previous.ns === 'string' ? { ns: previous.ns } : {};
  return (
    <>
      <ul>
        <li>
          <Link
            to="/c/$cluster"
            params={{ cluster }}
            search={keepNamespace}
            className="side-link"
            activeOptions={{ exact: true, includeSearch: false }}
          >
            <Gauge size={15} /> Overview
          </Link>
        </li>
        <li>
          <Link
            to="/c/$cluster/apply"
            params={{ cluster }}
            search={keepNamespace}
            className="side-link"
            activeOptions={{ includeSearch: false }}
          >
            <FilePlus2 size={15} /> Apply YAML
          </Link>
        </li>
      </ul>
      {sections.map((section) => {
        const members = kinds.filter((kind) => kind.view.section === section.id);
        if (members.length === 0) return null;
        return (
          <section key={section.id} aria-label={section.title}>
            <h2 className="side-title">{section.title}</h2>
            <ul>
              {members.map((kind) => (
                <li key={`${kind.group}/${kind.plural}`}>
                  <Link
                    to="/c/$cluster/r/$group/$plural"
                    params={{ cluster, group: groupParam(kind.group), plural: kind.plural }}
                    search={keepNamespace}
                    className="side-link"
                    activeOptions={{ includeSearch: false }}
                  >
                    <KindIcon kind={kind} /> <span className="truncate">{kind.view.title}</span>
                    <Count value={counts.get(countKey(kind))} />
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function countKey(kind: AnyKind): string {
  return `${kind.group}/${kind.plural}`;
}

function Count({ value }: { value: number | undefined }) {
  if (value === undefined) return null;
  return (
    <span className="side-count num">
      {value >= 10_000 ? `${Math.floor(value / 1000)}k` : value.toLocaleString('en')}
    </span>
  );
}
