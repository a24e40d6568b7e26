import { createHash } from 'node:crypto';

/**
 * Deals a flow its hand of queues: different ones, the same every time, and with high probability not the same as
 * another flow's. A flow that floods fills its own hand; others share at most a few queues with it.
 * Source: Kubernetes, "API Priority and Fairness", "Shuffle sharding".
 */
export function deal(flow: string, queues: number, handSize: number): readonly number[] {
  let entropy = createHash('sha256').update(flow).digest().readBigUInt64LE(0);
  const hand: number[] = [];
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt += 1) {
    const left = BigInt(queues - dealt);
    let card = Number(entropy % left);
    entropy /= left;
    // The number of a card among those that are left, to its number among all.
    for (const taken of [...hand].sort((a, b) => a - b)) if (card >= taken) card += 1;
    hand.push(card);
  }
  return hand;
}
