import { useQuery } from '@tanstack/react-query';
import { useCluster, useKinds } from '../../data/context.tsx';
import { fetchOpenApi } from '../../data/openapi.ts';
import { type OpenApiDocument, SchemaIndex } from './schema.ts';

const none = new SchemaIndex([]);

/** The cluster's own schemas; empty until they are there, which only means less help. */
export function useSchemas(): SchemaIndex {
  const { client, name } = useCluster();
  const { revision } = useKinds(name);
  const { data } = useQuery({
    queryKey: ['openapi', name, revision],
    queryFn: async ({ signal }) => new SchemaIndex((await fetchOpenApi(client, signal)) as OpenApiDocument[]),
    staleTime: 300_000,
    placeholderData: (previous) => previous,
    structuralSharing: false,
  });
  return data ?? none;
}
