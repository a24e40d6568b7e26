import { basename, dirname } from 'node:path';

/**
 * The folder of the built app, with a trailing slash: `…/out/`. Found from where this code lies, since a bundler
 * may put it into any file below. Throws when the code does not run from a build.
 */
export function outDir(from = import.meta.dirname): string {
  for (let at = from; at !== dirname(at); at = dirname(at)) if (basename(at) === 'out') return `${at}/`;
  throw new Error(`${from} does not lie in a folder "out": this is not a build`);
}
