import { load } from './load.mjs';

/**
 * Loads several servers in turn, round after round, so that whatever else the machine does falls on all of them alike.
 * @param sides by name: `url`, `pid`, `body`; the first is what the others are compared with
 * @returns by name the measurements of each round
 */
export async function alternate(sides, { rounds, seconds, connections }) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      // A process that has had nothing to do for a while first tidies its heap; that is not what is measured.
      await load({ ...side, connections, seconds: 1 });
      results[name].push(await load({ ...side, connections, seconds }));
    }
  }
  return results;
}

/** Median and quartiles. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), q1: at(0.25), q3: at(0.75) };
}

/** Spread of a figure over the rounds, and of its ratio to the same figure of `base` in the same round. */
export function compare(rounds, base, key) {
  return {
    value: spread(rounds.map((round) => round[key])),
    ratio: spread(rounds.map((round, i) => round[key] / base[i][key])),
  };
}
