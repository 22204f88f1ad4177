import { summarize } from './arrivals.mjs';
import { Generator } from './generator.mjs';

/** Until the code of both ends is compiled and the connections are known to them. */
const FIRST_WARM_UP_SECONDS = 0.5;

/**
 * Constant rates in turns of a fraction of a second, forwards and backwards: what else the machine does changes within
 * seconds, and then meets all of them alike.
 * @param loads name to `{url, rate}`; those of the same address share their connections
 * @param turns of each load
 * @param seconds and `warmUpSeconds` of each turn
 * @returns for each name what {@link summarize} tells of its turns taken together, and in `turns` of each alone
 */
export async function inTurns({ loads, turns, seconds, warmUpSeconds, ...target }) {
  const generators = new Map();
  for (const { url } of Object.values(loads)) generators.set(url, new Generator({ ...target, url }));
  const seen = Object.fromEntries(Object.keys(loads).map((name) => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    const names = turn % 2 === 0 ? Object.keys(loads) : Object.keys(loads).reverse();
    for (const name of names) {
      const { url, rate } = loads[name];
      const warmUp = turn === 0 ? Math.max(warmUpSeconds, FIRST_WARM_UP_SECONDS) : warmUpSeconds;
      seen[name].push(await generators.get(url).stretch({ rate, seconds, warmUpSeconds: warmUp }));
    }
  }
  for (const generator of generators.values()) generator.close();
  return Object.fromEntries(Object.entries(seen).map(([name, stretches]) => [name, together(stretches)]));
}

function together(stretches) {
  return { ...tell(stretches), turns: stretches.map((stretch) => tell([stretch])) };
}

function tell(stretches) {
  const generatorShare = stretches.reduce((sum, one) => sum + one.generatorShare, 0) / stretches.length;
  return { ...summarize(stretches.map(({ arrivals }) => arrivals)), generatorShare };
}
