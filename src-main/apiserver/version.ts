/** The Kubernetes release whose API is served. */
const kubernetesVersion = 'v1.36.0';

/** `/version`, as `kubectl version` reads it. Where the build comes from is written into it (`scripts/lib/commit.mjs`). */
export function versionInfo() {
  return {
    major: '1',
    minor: '36',
    emulationMajor: '1',
    emulationMinor: '36',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion: `${kubernetesVersion}+slipway`,
    // Of sources that were not built from a checkout Kubernetes says the same.
    gitCommit: process.env.SLIPWAY_GIT_COMMIT || '$Format:%H$',
    gitTreeState: process.env.SLIPWAY_GIT_TREE_STATE || '',
    buildDate: process.env.SLIPWAY_BUILD_DATE || '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
