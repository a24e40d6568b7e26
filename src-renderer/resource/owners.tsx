import type { AnyKind } from '@shared/kinds/define.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCluster, useKinds, useObjects } from '../data/context.tsx';
import { kinds as builtinKinds } from '../data/window-kinds.ts';
import { Card } from '../ui/card.tsx';
import { Dot } from '../ui/feedback.tsx';
import type { PanelProps } from './detail-page.tsx';
import { KindIcon } from './kind-icon.tsx';
import { kindOf, objectParams, refOfObject } from './kind-paths.ts';
import { type AnyObject, objectKey } from './list-model.ts';
import { ownedBy } from './owned.ts';

interface Owner {
  readonly kind: AnyKind | undefined;
  readonly kindName: string;
  readonly name: string;
}

/** Who made this object, up to the first one nobody made. */
export function OwnerChain({ object, cluster }: PanelProps) {
  const { client } = useCluster();
  const { kinds, revision } = useKinds(cluster);
  const namespace = object.metadata?.namespace;
  const references = object.metadata?.ownerReferences ?? [];
  const { data } = useQuery({
    queryKey: ['owners', cluster, revision, namespace, references.map((reference) => reference.uid)],
    enabled: references.length > 0,
    queryFn: async ({ signal }) => {
      const chain: Owner[] = [];
      let next = references;
      while (next.length > 0 && chain.length < 8) {
        const reference = next.find((candidate) => candidate.controller) ?? next[0];
        if (reference === undefined) break;
        const kind = kindOf(reference, kinds);
        chain.push({ kind, kindName: reference.kind, name: reference.name });
        if (kind === undefined) break;
        const owner: AnyObject = await client.get(
          kind,
          { namespace: kind.namespaced ? namespace : undefined, name: reference.name },
          { signal },
        );
        next = owner.metadata?.ownerReferences ?? [];
      }
      return chain;
    },
  });
  if (references.length === 0) return null;
  const chain =
    data ??
    references.map((reference) => ({
      kind: kindOf(reference, kinds),
      kindName: reference.kind,
      name: reference.name,
    }));
  return (
    <Card title="Owned by">
      <ul className="link-list">
        {chain.map((owner) => (
          <li key={`${owner.kindName}/${owner.name}`}>
            {owner.kind ? (
              <>
                <KindIcon kind={owner.kind} size={14} />
                <span className="muted">{owner.kind.kind}</span>
                <Link
                  className="truncate"
                  to="/c/$cluster/r/$group/$plural/$namespace/$name"
                  params={objectParams(cluster, owner.kind, { namespace, name: owner.name })}
                >
                  {owner.name}
                </Link>
              </>
            ) : (
              <span>
                {owner.kindName} {owner.name}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Pods are shown by the panels of their workloads. */
const ownables = [
  ...builtinKinds.filter(
    (kind) => kind.namespaced && kind.view.section === 'workloads' && kind.kind !== 'Pod',
  ),
  endpointSliceKind,
];
const shownAtMost = 12;

/** What this object made, live. */
export function OwnedObjects({ kind, object, cluster }: PanelProps) {
  const groups =
    kind.namespaced && kind.kind !== 'Pod' ? ownables.filter((candidate) => candidate !== kind) : [];
  if (groups.length === 0 || (kind.scale === undefined && kind.kind !== 'Service')) return null;
  return (
    <>
      {groups.map((owned) => (
        <OwnedOfKind key={owned.plural} owned={owned} object={object} cluster={cluster} />
      ))}
    </>
  );
}

function OwnedOfKind({ owned, object, cluster }: { owned: AnyKind; object: AnyObject; cluster: string }) {
  const { objects } = useObjects({ kind: owned, namespace: object.metadata?.namespace });
  const own = ownedBy(
    object.metadata?.uid,
    objects.map((candidate: AnyObject) => ({ kind: owned, object: candidate })),
  );
  if (own.length === 0) return null;
  const sorted = [...own].sort((a, b) =>
    (b.object.metadata?.creationTimestamp ?? '').localeCompare(a.object.metadata?.creationTimestamp ?? ''),
  );
  return (
    <Card title={`${owned.view.title} (${own.length})`}>
      <ul className="link-list">
        {sorted.slice(0, shownAtMost).map(({ object: item }) => {
          const health = owned.view.health?.(item);
          return (
            <li key={objectKey(item)}>
              {health ? <Dot level={health.level} text={health.text} /> : <KindIcon kind={owned} size={14} />}
              <Link
                className="truncate"
                to="/c/$cluster/r/$group/$plural/$namespace/$name"
                params={objectParams(cluster, owned, refOfObject(item))}
              >
                {item.metadata?.name}
              </Link>
              {health && <span className="muted nowrap">{health.text}</span>}
            </li>
          );
        })}
        {own.length > shownAtMost && <li className="muted">and {own.length - shownAtMost} more</li>}
      </ul>
    </Card>
  );
}
