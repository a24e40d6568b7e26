import type { KubeObject } from '../api/meta.ts';
import { formatLabelSelector } from '../api/selectors.ts';
import type { Unchecked } from '../lib/types.ts';
import type { AnyColumn, Column } from './define.ts';
import type { LabelSelector, PodSpec } from './wire.ts';

/** The first column of every list. */
export function nameColumn(): AnyColumn {
  const column: Column<KubeObject> = {
    name: 'Name',
    type: 'name',
    description: 'Name of the object, unique among its kind and namespace.',
    cell: (object) => object.metadata?.name ?? '',
  };
  return column;
}

/** When the object was created; presenters show how long ago that is. */
export function ageColumn(): AnyColumn {
  const column: Column<KubeObject> = {
    name: 'Age',
    type: 'date',
    description: 'How long ago the object was created.',
    cell: (object) => object.metadata?.creationTimestamp ?? null,
  };
  return column;
}

/** When the object was created, as a time: the second and last column of kinds that Kubernetes has no printer for. */
export function createdAtColumn(): AnyColumn {
  const column: Column<KubeObject> = {
    name: 'Created At',
    type: 'string',
    description: 'When the object was created.',
    cell: (object) => object.metadata?.creationTimestamp ?? '<unknown>',
  };
  return column;
}

/** The two wide columns of everything that makes pods from a template. */
export function templateColumns<T>(
  template: (object: Unchecked<T>) => Unchecked<PodSpec> | undefined,
): readonly Column<T>[] {
  const containers = (object: Unchecked<T>) => template(object)?.containers ?? [];
  return [
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      description: 'Names of the containers in the template.',
      cell: (object) =>
        containers(object)
          .map((container) => container.name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images of the containers in the template.',
      cell: (object) =>
        containers(object)
          .map((container) => container.image ?? '')
          .join(','),
    },
  ];
}

/** The label selector, as kubectl writes it; the last wide column of everything that selects pods. */
export function selectorColumn<T>(
  selector: (object: Unchecked<T>) => Unchecked<LabelSelector> | undefined,
): Column<T> {
  return {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Labels of the pods that belong to it.',
    cell: (object) => formatLabelSelector(selector(object)),
  };
}

/** `app=web,tier=front`, sorted by key; `<none>` when there are none. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const texts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? '<none>' : texts.sort().join(',');
}
