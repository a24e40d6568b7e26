import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { kindFromParams } from '../resource/kind-paths.ts';
import { ListPage, type ListSearch } from '../resource/list-page.tsx';
import { NotFound } from './not-found.tsx';
import { useNamespaces } from './use-namespaces.ts';

export function ListRoute() {
  const params = useParams({ from: '/c/$cluster/r/$group/$plural' });
  const search = useSearch({ from: '/c/$cluster/r/$group/$plural' });
  const navigate = useNavigate({ from: '/c/$cluster/r/$group/$plural' });
  const { chosen } = useNamespaces(params.cluster);
  const kind = kindFromParams(params);
  if (kind === undefined) return <NotFound />;
  const change = (part: ListSearch) =>
    navigate({ search: (previous) => ({ ...previous, ...part }), replace: true });
  return (
    <ListPage
      key={`${params.cluster}/${params.group}/${params.plural}`}
      kind={kind}
      namespaces={chosen}
      search={search}
      onSearch={change}
      onCreate={() =>
        navigate({
          to: '/c/$cluster/apply',
          params: { cluster: params.cluster },
          search: (previous) => ({ ...(previous.ns && { ns: previous.ns }), kind: kind.kind }),
        })
      }
    />
  );
}
