// Simulated addresses lie in 198.18.0.0/15, which RFC 2544 reserves for tests: nothing real is there.

/** Where the API server of a cluster without real nodes would be, if there were somebody to reach it. */
export const hollowApiServerIp = nodeIp(0);

/** Nodes are numbered from 1. */
export function nodeIp(number: number): string {
  return `198.18.${number >> 8}.${number & 255}`;
}

/** Of 198.19.0.0/16; numbers are used again after 65,000 pods. */
export function simulatedPodIp(number: number): string {
  return `198.19.${(number >> 8) & 255}.${number & 255}`;
}
