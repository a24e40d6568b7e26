import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { writePref } from '../data/prefs.ts';

/** The namespaces chosen in this cluster; null means all. They live in the address. */
export function useNamespaces(cluster: string): {
  chosen: readonly string[] | null;
  choose: (names: readonly string[] | null) => void;
} {
  const { ns } = useSearch({ from: '/c/$cluster' });
  const navigate = useNavigate();
  const chosen = useMemo(() => (ns ? ns.split(',') : null), [ns]);
  const choose = useCallback(
    (names: readonly string[] | null) => {
      const value = names && names.length > 0 ? names.join(',') : undefined;
      writePref(`namespaces.${cluster}`, value ?? '');
      void navigate({
        to: '.',
        search: ({ ns: _old, ...rest }: Record<string, unknown>) => ({
          ...rest,
          ...(value && { ns: value }),
        }),
        replace: true,
      });
    },
    [navigate, cluster],
  );
  return { chosen, choose };
}
