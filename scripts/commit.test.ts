import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { buildFacts } from './lib/commit.mjs';

const isCheckout = () => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
};

describe('a build knows', () => {
  it('its commit, where it is made of a checkout, and its time', () => {
    const commit = isCheckout();
    expect(buildFacts()).toEqual({
      'process.env.SLIPWAY_GIT_COMMIT': JSON.stringify(commit),
      'process.env.SLIPWAY_GIT_TREE_STATE': expect.stringMatching(commit ? /^"(clean|dirty)"$/ : /^""$/),
      'process.env.SLIPWAY_BUILD_DATE': expect.stringMatching(/^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/),
    });
  });

  it('the time it is told', () => {
    process.env.SOURCE_DATE_EPOCH = '86400';
    try {
      expect(buildFacts()['process.env.SLIPWAY_BUILD_DATE']).toBe('"1970-01-02T00:00:00Z"');
    } finally {
      delete process.env.SOURCE_DATE_EPOCH;
    }
  });
});
