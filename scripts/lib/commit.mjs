import { execFileSync } from 'node:child_process';
import { root } from './shell.mjs';

/**
 * What `/version` says of where a build comes from, as texts for its source: the commit and whether the tree was changed
 * since, where the tree is a checkout and git is there. `SOURCE_DATE_EPOCH` stands for the time where builds are repeated.
 */
export function buildFacts() {
  const commit = git('rev-parse', 'HEAD');
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const date = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
  const facts = {
    SLIPWAY_GIT_COMMIT: commit,
    SLIPWAY_GIT_TREE_STATE: commit && (git('status', '--porcelain') === '' ? 'clean' : 'dirty'),
    SLIPWAY_BUILD_DATE: `${date.toISOString().slice(0, 19)}Z`,
  };
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [`process.env.${name}`, JSON.stringify(value ?? '')]),
  );
}

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // an archive of the sources, or no git
  }
}
