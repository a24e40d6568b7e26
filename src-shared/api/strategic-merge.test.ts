import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../lib/types.ts';
import { builtinSchemas } from '../schema/registry.ts';
import { strategicMergePatch } from './strategic-merge.ts';

function patched(type: string, original: JsonObject, patch: JsonObject): JsonObject {
  const before = JSON.stringify([original, patch]);
  const result = strategicMergePatch(
    { schemas: builtinSchemas, schemaName: `io.k8s.api.${type}` },
    original,
    patch,
  );
  expect(JSON.stringify([original, patch])).toBe(before);
  return result;
}

const podSpec = (original: JsonObject, patch: JsonObject) => patched('core.v1.PodSpec', original, patch);

describe('strategic merge patch', () => {
  it('merges containers by name and replaces tolerations, as the documentation shows', () => {
    const original = {
      spec: {
        template: {
          spec: {
            containers: [{ name: 'patch-demo-ctr', image: 'nginx' }],
            tolerations: [{ effect: 'NoSchedule', key: 'dedicated', value: 'test-team' }],
          },
        },
      },
    };
    const patch = {
      spec: {
        template: {
          spec: {
            containers: [{ name: 'patch-demo-ctr-2', image: 'redis' }],
            tolerations: [{ effect: 'NoSchedule', key: 'disktype', value: 'ssd' }],
          },
        },
      },
    };
    expect(patched('apps.v1.Deployment', original, patch)).toEqual({
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'patch-demo-ctr-2', image: 'redis' },
              { name: 'patch-demo-ctr', image: 'nginx' },
            ],
            tolerations: [{ effect: 'NoSchedule', key: 'disktype', value: 'ssd' }],
          },
        },
      },
    });
  });

  it('keeps only $retainKeys of a strategy', () => {
    const original = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(patched('apps.v1.Deployment', original, patch)).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
    expect(() =>
      patched('apps.v1.Deployment', original, { spec: { strategy: { $retainKeys: ['a'], type: 'b' } } }),
    ).toThrow('invalid patch format of retainKeys');
  });

  it('keeps only $retainKeys of a volume', () => {
    const original = { volumes: [{ name: 'v', hostPath: { path: '/a' } }] };
    const patch = { volumes: [{ $retainKeys: ['name', 'emptyDir'], name: 'v', emptyDir: {} }] };
    expect(podSpec(original, patch)).toEqual({ volumes: [{ name: 'v', emptyDir: {} }] });
  });

  it('changes an item in place and leaves its other fields alone', () => {
    const original = {
      containers: [
        { name: 'a', image: 'x', env: [{ name: 'E', value: '1' }] },
        { name: 'b', image: 'y' },
      ],
    };
    const patch = { containers: [{ name: 'a', image: 'z', env: [{ name: 'F', value: '2' }] }] };
    expect(podSpec(original, patch)).toEqual({
      containers: [
        {
          name: 'a',
          image: 'z',
          env: [
            { name: 'F', value: '2' },
            { name: 'E', value: '1' },
          ],
        },
        { name: 'b', image: 'y' },
      ],
    });
  });

  it('removes with null, and drops nulls of what is new', () => {
    expect(
      podSpec(
        { nodeName: 'n', containers: [{ name: 'a', image: 'x', command: ['c'] }] },
        {
          nodeName: null,
          containers: [{ name: 'a', command: null }],
          securityContext: { runAsUser: 1, fsGroup: null },
        },
      ),
    ).toEqual({
      containers: [{ name: 'a', image: 'x' }],
      securityContext: { runAsUser: 1 },
    });
  });

  it('deletes and replaces by directive', () => {
    const original = {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ],
      securityContext: { runAsUser: 1 },
      nodeSelector: { a: 'b' },
    };
    expect(
      podSpec(original, {
        containers: [{ name: 'b', $patch: 'delete' }],
        securityContext: { $patch: 'replace', fsGroup: 2 },
        nodeSelector: { $patch: 'delete' },
      }),
    ).toEqual({
      containers: [{ name: 'a', image: 'x' }],
      securityContext: { fsGroup: 2 },
      nodeSelector: {},
    });
    expect(
      podSpec(original, { containers: [{ $patch: 'replace' }, { name: 'c', image: 'z' }] }).containers,
    ).toEqual([{ name: 'c', image: 'z' }]);
  });

  it('takes nothing else of an item that has the list replaced, and leaves alone what is not there', () => {
    const original = { containers: [{ name: 'a', image: 'x' }] };
    expect(
      podSpec(original, {
        containers: [
          { $patch: 'replace', name: 'b', image: 'y' },
          { name: 'c', image: 'z', env: [{ name: 'E', $patch: 'delete' }] },
        ],
        securityContext: { $patch: 'delete' },
        affinity: { nodeAffinity: { $patch: 'replace' } },
      }),
    ).toEqual({ containers: [{ name: 'c', image: 'z', env: [] }], affinity: {} });
  });

  it('replaces a list that does not merge without its directives', () => {
    const original = { tolerations: [{ key: 'a' }, { key: 'b' }] };
    expect(podSpec(original, { tolerations: [{ $patch: 'replace' }, { key: 'c' }] })).toEqual({
      tolerations: [{ key: 'c' }],
    });
  });

  it("refuses other directives and items of other types in Kubernetes' words", () => {
    const original = { containers: [{ name: 'a' }], securityContext: { fsGroup: 1 } };
    const refusal = (patch: JsonObject) => {
      try {
        return podSpec(original, patch);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refusal({ securityContext: { $patch: 'merge', fsGroup: 2 } })).toBe(
      'unknown patch type: merge in map: map[$patch:merge fsGroup:2]',
    );
    expect(refusal({ containers: [{ name: 'a', $patch: 'spam' }] })).toBe(
      'unknown patch type: spam in map: map[$patch:spam name:a]',
    );
    expect(refusal({ containers: [{ name: 'a', $patch: 'merge' }] })).toBe(
      'merging lists cannot yet be specified in the patch',
    );
    expect(refusal({ containers: [{ $patch: 'delete' }] })).toBe(
      'map: map[$patch:delete] does not contain declared merge key: name',
    );
    expect(refusal({ containers: ['x'] })).toBe('list element types are not identical: [[map[name:a]] [x]]');
    expect(refusal({ containers: [['x']] })).toBe('lists of lists are not supported');
    expect(refusal({ '$setElementOrder/containers': 'a' })).toBe(
      'expected a []interface {}, but received a string',
    );
  });

  it('wants the merge key of items that are to merge', () => {
    expect(() => podSpec({ containers: [] }, { containers: [{ image: 'x' }] })).toThrow(
      'map: map[image:x] does not contain declared merge key: name',
    );
    expect(podSpec({}, { containers: [{ image: 'x' }] })).toEqual({ containers: [{ image: 'x' }] });
  });

  it('keeps the order of the patch, and puts what is new before what only the server has', () => {
    const original = { containers: [{ name: 'a' }, { name: 'b', image: 'x' }, { name: 'c' }] };
    const inOrder = (...names: string[]) =>
      (podSpec(original, { containers: names.map((name) => ({ name })) }) as typeof original).containers.map(
        ({ name }) => name,
      );
    expect(inOrder('c', 'a', 'b')).toEqual(['c', 'a', 'b']);
    expect(inOrder('c', 'a')).toEqual(['b', 'c', 'a']);
    expect(inOrder('new', 'b')).toEqual(['new', 'a', 'b', 'c']);
  });

  it('merges lists of scalars, and removes from them', () => {
    const original = { metadata: { finalizers: ['a', 'b'] } };
    expect(patched('core.v1.Pod', original, { metadata: { finalizers: ['b', 'c'] } })).toEqual({
      metadata: { finalizers: ['a', 'b', 'c'] },
    });
    expect(patched('core.v1.Pod', original, { metadata: { finalizers: ['c', 'b', 'a'] } })).toEqual({
      metadata: { finalizers: ['c', 'b', 'a'] },
    });
    expect(
      patched('core.v1.Pod', original, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a', 'z'] } }),
    ).toEqual({ metadata: { finalizers: ['b'] } });
    expect(() =>
      patched('core.v1.Pod', original, { metadata: { '$deleteFromPrimitiveList/finalizers': 'a' } }),
    ).toThrow('invalid patch format of primitive list');
  });

  it('sorts by $setElementOrder and keeps what only the server has where it was', () => {
    const original = {
      containers: [
        { name: 'server-first' },
        { name: 'a', image: '1' },
        { name: 'b' },
        { name: 'server-last' },
      ],
    };
    const patch = {
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'new' }, { name: 'a' }],
      containers: [
        { name: 'new', image: 'x' },
        { name: 'a', image: '2' },
      ],
    };
    expect(podSpec(original, patch)).toEqual({
      containers: [
        { name: 'server-first' },
        { name: 'b' },
        { name: 'new', image: 'x' },
        { name: 'a', image: '2' },
        { name: 'server-last' },
      ],
    });
    expect(
      podSpec(original, { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }).containers,
    ).toEqual([{ name: 'server-first' }, { name: 'b' }, { name: 'a', image: '1' }, { name: 'server-last' }]);
    expect(podSpec({}, { '$setElementOrder/containers': [{ name: 'b' }] })).toEqual({});
  });

  it('deletes and sorts in one patch, as kubectl apply sends it', () => {
    const original = { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] };
    const patch = {
      '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }],
      containers: [{ $patch: 'delete', name: 'b' }],
    };
    expect(podSpec(original, patch)).toEqual({ containers: [{ name: 'c' }, { name: 'a' }] });
  });

  it('puts new items where deleted ones were when an order is set', () => {
    const original = { containers: [{ name: 'old' }, { name: 'a' }, { name: 'injected' }] };
    const patch = {
      '$setElementOrder/containers': [{ name: 'a' }, { name: 'new' }],
      containers: [{ name: 'new' }, { $patch: 'delete', name: 'old' }],
    };
    expect(podSpec(original, patch)).toEqual({
      containers: [{ name: 'a' }, { name: 'injected' }, { name: 'new' }],
    });
  });

  it('sorts, removes from and adds to lists of scalars in one patch', () => {
    const original = { metadata: { finalizers: ['a', 'b', 'c', 'server'] } };
    expect(
      patched('core.v1.Pod', original, {
        metadata: {
          '$setElementOrder/finalizers': ['new', 'c', 'absent', 'a', 'c'],
          '$deleteFromPrimitiveList/finalizers': ['b'],
          finalizers: ['new'],
        },
      }),
    ).toEqual({ metadata: { finalizers: ['new', 'c', 'a', 'server'] } });
    expect(() =>
      patched('core.v1.Pod', original, {
        metadata: { '$setElementOrder/finalizers': ['a', 'b'], finalizers: ['b', 'a'] },
      }),
    ).toThrow("The order in patch list:\n[b a]\n doesn't match $setElementOrder list:\n[a b]\n");
  });

  it('refuses a patch list in another order than it says', () => {
    const patch = {
      '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }],
      containers: [{ name: 'b' }, { name: 'a' }],
    };
    expect(() => podSpec({}, patch)).toThrow(
      "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:a] map[name:b]]\n",
    );
  });

  it('does not lose items that share a merge key', () => {
    const original = {
      ports: [
        { port: 53, protocol: 'TCP' },
        { port: 53, protocol: 'UDP' },
      ],
      type: 'ClusterIP',
    };
    expect(patched('core.v1.ServiceSpec', original, { ports: [{ port: 80 }] })).toEqual({
      ports: [{ port: 80 }, { port: 53, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }],
      type: 'ClusterIP',
    });
  });

  it('merges what the schema does not know like plain JSON', () => {
    expect(podSpec({ foo: { a: 1, list: [1] } }, { foo: { b: 2, a: null, list: [2] } })).toEqual({
      foo: { b: 2, list: [2] },
    });
  });

  it('never touches prototypes', () => {
    const result = podSpec(
      {},
      JSON.parse('{"nodeSelector":{"__proto__":"a","constructor":"b"},"__proto__":{"polluted":1}}'),
    );
    expect(JSON.stringify(result)).toBe(
      '{"nodeSelector":{"__proto__":"a","constructor":"b"},"__proto__":{"polluted":1}}',
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('merges huge lists in linear time', () => {
    const containers = (count: number, image: string) =>
      Array.from({ length: count }, (_, i) => ({ name: `c${i}`, image }));
    const result = podSpec(
      { containers: containers(50_000, 'a') },
      {
        containers: containers(50_000, 'b'),
        '$setElementOrder/containers': containers(50_000, 'b').map(({ name }) => ({ name })),
      },
    );
    expect(result.containers).toEqual(containers(50_000, 'b'));
  });
});
