import { parseLabelSelector } from '@shared/api/selectors.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { describe, expect, test } from 'vitest';
import {
  type AnyColumn,
  type AnyObject,
  compareText,
  ListModel,
  type ListQuery,
  listColumns,
  namespaceColumn,
} from './list-model.ts';

const pod = (name: string, namespace = 'default', extra: object = {}): AnyObject => ({
  metadata: { name, namespace, uid: `${namespace}/${name}`, ...extra },
});
const everything: ListQuery = {
  text: '',
  namespaces: null,
  labels: null,
  sort: { column: 'Name', descending: false },
};
const model = () => new ListModel([...podKind.columns, namespaceColumn]);
const names = (rows: readonly AnyObject[]) => rows.map((row) => row.metadata?.name);

describe('sorting', () => {
  test('names sort as people count: pod-9 before pod-10', () => {
    const rows = model().rows([pod('pod-10'), pod('pod-9'), pod('pod-1')], everything);
    expect(names(rows)).toEqual(['pod-1', 'pod-9', 'pod-10']);
  });

  test('descending turns the order round, ties stay in order of name', () => {
    const rows = model().rows([pod('b', 'x'), pod('a', 'x'), pod('c', 'y')], {
      ...everything,
      sort: { column: 'Namespace', descending: true },
    });
    expect(names(rows)).toEqual(['c', 'a', 'b']);
  });

  test('age ascending is youngest first, and objects without a time come last either way', () => {
    const old = pod('old', 'default', { creationTimestamp: '2026-01-01T00:00:00Z' });
    const young = pod('young', 'default', { creationTimestamp: '2026-02-01T00:00:00Z' });
    const none = pod('none');
    const by = (descending: boolean) =>
      names(model().rows([old, none, young], { ...everything, sort: { column: 'Age', descending } }));
    expect(by(false)).toEqual(['young', 'old', 'none']);
    expect(by(true)).toEqual(['old', 'young', 'none']);
  });

  test('a few changes, newcomers and losses leave the order as sorting anew would', () => {
    let state = 7;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const rowOf = (index: number, restarts: number) =>
      pod(`pod-${index}`, 'default', { labels: { version: `${restarts}` } });
    const query = { ...everything, sort: { column: 'Version', descending: true } };
    const version: AnyColumn = {
      name: 'Version',
      type: 'string',
      description: 'A label.',
      cell: (object) => object.metadata?.labels?.version ?? null,
    };
    const kept = new ListModel([version]);
    let objects = Array.from({ length: 200 }, (_, index) => rowOf(index, Math.floor(random() * 20)));
    for (let round = 0; round < 50; round += 1) {
      expect(names(kept.rows(objects, query))).toEqual(names(new ListModel([version]).rows(objects, query)));
      const changes = Math.floor(random() * (round % 10 === 0 ? 150 : 8));
      objects = objects.filter(() => random() > 0.01);
      for (let change = 0; change < changes; change += 1) {
        const at = Math.floor(random() * objects.length);
        objects[at] = rowOf(
          Number(objects[at]?.metadata?.name?.slice(4) ?? round * 1000),
          Math.floor(random() * 20),
        );
      }
      objects.push(rowOf(1000 + round, 5));
    }
  });

  test('nothing changed: the very same rows', () => {
    const list = model();
    const objects = [pod('b'), pod('a')];
    expect(list.rows([...objects], everything)).toBe(list.rows(objects, everything));
  });

  test('text compares digits as numbers wherever they stand', () => {
    expect(['v1.10', 'v1.9', 'v1'].sort(compareText)).toEqual(['v1', 'v1.9', 'v1.10']);
  });
});

describe('filtering', () => {
  const web = pod('web-1', 'shop', { labels: { app: 'web', tier: 'front' } });
  const cart = pod('cart-1', 'shop', { labels: { app: 'cart' } });
  const other = pod('web-2', 'test', { labels: { app: 'web' } });

  test('every word must occur, in name, namespace or labels, in any case', () => {
    expect(names(model().rows([web, cart, other], { ...everything, text: 'WEB shop' }))).toEqual(['web-1']);
    expect(names(model().rows([web, cart, other], { ...everything, text: 'tier=front' }))).toEqual(['web-1']);
  });

  test('a word with a minus must not occur', () => {
    expect(names(model().rows([web, cart, other], { ...everything, text: 'shop -cart' }))).toEqual(['web-1']);
  });

  test('namespaces and label selector narrow further', () => {
    const query = {
      ...everything,
      namespaces: new Set(['shop']),
      labels: parseLabelSelector('app in (web)'),
    };
    expect(names(model().rows([web, cart, other], query))).toEqual(['web-1']);
  });

  test('a changed object is looked at anew', () => {
    const one = model();
    one.rows([web], { ...everything, text: 'web' });
    const renamed = {
      ...web,
      metadata: { ...web.metadata, labels: {}, name: 'db-1', namespace: 'x', uid: 'shop/web-1' },
    };
    expect(one.rows([renamed], { ...everything, text: 'web' })).toEqual([]);
  });
});

test('the namespace is a column of its own, behind the name, where several are shown', () => {
  const titles = (namespace: boolean) =>
    listColumns(podKind, { wide: false, namespace })
      .slice(0, 2)
      .map((column) => column.name);
  expect(titles(true)).toEqual(['Name', 'Namespace']);
  expect(titles(false)).toEqual(['Name', 'Ready']);
});

test('sorting and filtering 10,000 objects again after one changed only works out that one', () => {
  let calls = 0;
  const counting = {
    ...namespaceColumn,
    name: 'Counted',
    cell: (object: AnyObject) => {
      calls += 1;
      return object.metadata?.namespace ?? '';
    },
  };
  const one = new ListModel([counting]);
  const objects = Array.from({ length: 10_000 }, (_, index) => pod(`p-${index}`));
  const query = { ...everything, text: 'p', sort: { column: 'Counted', descending: false } };
  one.rows(objects, query);
  const first = calls;
  one.rows([pod('p-x'), ...objects.slice(1)], query);
  expect(calls - first).toBe(2);
});
