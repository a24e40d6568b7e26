import type { KubeObject } from '../api/meta.ts';
import type { Column } from './define.ts';

/** The first column of every list. */
export function nameColumn(): Column<KubeObject> {
  return {
    name: 'Name',
    type: 'name',
    description: 'Name must be unique within a namespace and cannot be changed.',
    cell: (object) => object.metadata?.name ?? '',
  };
}

/** When the object was created; presenters show how long ago that is. */
export function ageColumn(): Column<KubeObject> {
  return {
    name: 'Age',
    type: 'date',
    description: 'How long ago the object was created.',
    cell: (object) => object.metadata?.creationTimestamp ?? null,
  };
}
