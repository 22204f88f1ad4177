import { load } from './load.mjs';
import { ratios, spread } from './statistics.mjs';

export { spread };

/**
 * Loads several servers in turn, round after round, so that whatever else the machine does falls on all of them alike.
 * @param sides by name: `url`, `pid`, `body`, `type`; the first is what the others are compared with
 * @returns by name the measurements of each round
 */
export async function alternate(sides, { rounds, seconds, connections, warmUpSeconds = 1 }) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      // A process that has had nothing to do for a while first tidies its heap; that is not what is measured.
      await load({ ...side, connections, seconds: warmUpSeconds });
      results[name].push(await load({ ...side, connections, seconds }));
    }
  }
  return results;
}

/** Spread of a figure over the rounds, and of its ratio to the same figure of `base` in the same round. */
export function compare(rounds, base, key) {
  const values = rounds.map((round) => round[key]);
  const others = base.map((round) => round[key]);
  return { value: spread(values), ratio: spread(ratios(values, others)) };
}
