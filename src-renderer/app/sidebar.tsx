import type { AnyKind } from '@shared/kinds/define.ts';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronRight, FilePlus2, Gauge, Home } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useApp, useKinds } from '../data/context.tsx';
import { readPref, writePref } from '../data/prefs.ts';
import { useReadable } from '../data/readable.ts';
import { KindIcon } from '../resource/kind-icon.tsx';
import { groupParam } from '../resource/kind-paths.ts';
import mark from '../ui/mark.svg';
import { ClusterSwitcher } from './cluster-switcher.tsx';
import { planSideBar, type SideSection, sideKey } from './side-kinds.ts';
import { useCounts } from './use-counts.ts';

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
  const { open, toggle } = useFolding();
  const { kinds } = useKinds(cluster);
  const [filter, setFilter] = useState('');
  const params = useParams({ strict: false });
  const current =
    params.plural === undefined
      ? undefined
      : `${params.group === 'core' ? '' : (params.group ?? '')}/${params.plural}`;
  const sections = useMemo(
    () => planSideBar(kinds, { open, filter, current }),
    [kinds, open, filter, current],
  );
  const counts = useCounts(
    cluster,
    useMemo(() => sections.flatMap(({ shown }) => shown), [sections]),
  );
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
      <input
        className="input side-filter"
        type="search"
        placeholder="Find a kind, e.g. pvc"
        aria-label="Find a kind"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setFilter('')}
      />
      {sections.map((section) => (
        <Section key={section.id} section={section} cluster={cluster} counts={counts} onToggle={toggle} />
      ))}
      {sections.length === 0 && <p className="side-none">No kind is called that.</p>}
    </>
  );
}

function Section({
  section,
  cluster,
  counts,
  onToggle,
}: {
  section: SideSection;
  cluster: string;
  counts: ReadonlyMap<string, number>;
  onToggle: (key: string, open: boolean) => void;
}) {
  const { id, title, open, shown, more } = section;
  return (
    <section aria-label={title}>
      <h2 className="side-title">
        <button type="button" className="side-fold" aria-expanded={open} onClick={() => onToggle(id, !open)}>
          {title} <ChevronRight size={12} className="side-chevron" aria-hidden />
        </button>
      </h2>
      <ul>
        {shown.map((kind, i) => (
          <li key={sideKey(kind)}>
            {id === 'custom' && kind.group !== shown[i - 1]?.group && (
              <h3 className="side-group truncate" title={kind.group}>
                {kind.group}
              </h3>
            )}
            <KindLink kind={kind} cluster={cluster} count={counts.get(sideKey(kind))} />
          </li>
        ))}
        {open && more.count > 0 && (
          <li>
            <button
              type="button"
              className="side-link side-more"
              aria-expanded={more.open}
              aria-label={more.open ? `Fewer in ${title}` : `${more.count} more in ${title}`}
              onClick={() => onToggle(`${id}/more`, !more.open)}
            >
              {more.open ? 'Fewer' : `${more.count} more`}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

function KindLink({ kind, cluster, count }: { kind: AnyKind; cluster: string; count: number | undefined }) {
  return (
    <Link
      to="/c/$cluster/r/$group/$plural"
      params={{ cluster, group: groupParam(kind.group), plural: kind.plural }}
      search={keepNamespace}
      className="side-link"
      activeOptions={{ includeSearch: false }}
    >
      <KindIcon kind={kind} />
      <span className="truncate" title={kind.kind}>
        {kind.view.title}
      </span>
      <Count value={count} />
    </Link>
  );
}

/** Which sections are open, as told by hand and remembered. */
function useFolding() {
  const [open, setOpen] = useState(readFolding);
  const toggle = (key: string, value: boolean) => {
    const next = { ...open, [key]: value };
    setOpen(next);
    writePref('side', JSON.stringify(next));
  };
  return { open, toggle };
}

function readFolding(): Readonly<Record<string, boolean>> {
  try {
    const value: unknown = JSON.parse(readPref('side') ?? '{}');
    const entries = Object.entries(value ?? {});
    return Object.fromEntries(
      entries.filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function keepNamespace(previous: object): { ns?: string } {
  return 'ns' in previous && typeof previous.ns === 'string' ? { ns: previous.ns } : {};
}

function Count({ value }: { value: number | undefined }) {
  if (value === undefined) return null;
  return (
    <span className="side-count num">
      {value >= 10_000 ? `${Math.floor(value / 1000)}k` : value.toLocaleString('en')}
    </span>
  );
}
