import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useKinds } from '../data/context.tsx';
import { useDialogs } from '../resource/dialogs.ts';
import { kindFromParams } from '../resource/kind-paths.ts';
import { ListPage, type ListSearch } from '../resource/list-page.tsx';
import { SkeletonLines } from '../ui/feedback.tsx';
import { NotFound } from './not-found.tsx';
import { useNamespaces } from './use-namespaces.ts';

export function ListRoute() {
  const params = useParams({ from: '/c/$cluster/r/$group/$plural' });
  const search = useSearch({ from: '/c/$cluster/r/$group/$plural' });
  const navigate = useNavigate({ from: '/c/$cluster/r/$group/$plural' });
  const { chosen } = useNamespaces(params.cluster);
  const dialogs = useDialogs();
  const { kinds, isComplete } = useKinds(params.cluster);
  const kind = kindFromParams(params, kinds);
  if (kind === undefined) return isComplete ? <NotFound /> : <SkeletonLines />;
  const change = (part: ListSearch) =>
    navigate({ search: (previous) => ({ ...previous, ...part }), replace: true });
  const create = () =>
    navigate({
      to: '/c/$cluster/apply',
      params: { cluster: params.cluster },
      search: (previous) => ({ ...(previous.ns && { ns: previous.ns }), kind: kind.kind }),
    });
  const isNode = kind.group === '' && kind.kind === 'Node';
  return (
    <ListPage
      key={`${params.cluster}/${params.group}/${params.plural}`}
      kind={kind}
      namespaces={chosen}
      search={search}
      onSearch={(part) => void change(part)}
      createLabel={isNode ? 'Add nodes' : 'Create'}
      onCreate={() => (isNode ? dialogs.addNodes(params.cluster) : void create())}
    />
  );
}
