import workerThreads from 'node:worker_threads';
import zlib from 'node:zlib';

/**
 * To be imported before `@kubernetes/client-node`: its HTTP library (undici 8) takes Node.js 22 for granted and asks for
 * three functions that Node.js 20, which Slipway runs on too, does not have: one unpacks Zstandard, which no API server
 * sends, one marks objects that are not to be copied to threads, and one is in ES2024.
 */
if (!('createZstdDecompress' in zlib)) {
  Object.assign(zlib, {
    createZstdDecompress: () => {
      throw new Error('this Node.js has no Zstandard');
    },
  });
}
if (!('markAsUncloneable' in workerThreads)) {
  Object.assign(workerThreads, { markAsUncloneable: () => undefined });
}
if (!('withResolvers' in Promise)) {
  Object.assign(Promise, {
    withResolvers: () => {
      const own: { promise?: Promise<unknown>; resolve?: unknown; reject?: unknown } = {};
      own.promise = new Promise((resolve, reject) => Object.assign(own, { resolve, reject }));
      return own;
    },
  });
}
