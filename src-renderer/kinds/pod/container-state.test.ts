import { expect, test } from 'vitest';
import { missingImages } from './container-state.ts';

const status = (name: string, reason: string) => ({
  name,
  image: `docker.io/library/${name}:dev`,
  imageID: '',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
});

test('images that could not be pulled are named as the pod names them, once each', () => {
  const pod = {
    spec: {
      initContainers: [{ name: 'init', image: 'tool:dev' }],
      containers: [
        { name: 'a', image: 'web:dev' },
        { name: 'b', image: 'web:dev' },
        { name: 'c', image: 'other:dev' },
      ],
    },
    status: {
      initContainerStatuses: [status('init', 'ErrImageNeverPull')],
      containerStatuses: [
        status('a', 'ErrImagePull'),
        status('b', 'ImagePullBackOff'),
        status('c', 'ContainerCreating'),
      ],
    },
  };
  expect(missingImages(pod)).toEqual(['tool:dev', 'web:dev']);
});

test('a pod that starts lacks nothing', () => {
  expect(missingImages({ spec: { containers: [{ name: 'a', image: 'web' }] } })).toEqual([]);
});
