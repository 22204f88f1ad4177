import { count, number } from './format.mjs';

/** Below this share of a core, what the other threads do for single rows is next to nothing. */
const HARDLY = 0.1;

/**
 * What more cores and machines add, computed from CPU time a request: one HTTP thread takes in and answers, as many
 * workers as a deployment has do the rest.
 * @param single the point of single rows on many connections: `cpuUs` of all threads, `httpUs` of the HTTP thread
 * @param rows base and slope of the CPU time by rows, in µs
 * @returns paragraphs
 */
export function onPaper({ single, rows }) {
  const { http, others, ceiling, coresOfOthers, rowsPerCore } = ceilings({ single, rows });
  const second =
    coresOfOthers < HARDLY
      ? 'So a second core carries the load, the system and other deployments, and adds next to nothing to single rows of one process.'
      : `Its other threads take ${number(coresOfOthers)} of a core by then: that is what a second core carries, and a third adds nothing to single rows of one process.`;
  return [
    `On paper, from these figures: a single row on 32 connections takes ${number(http)} µs of the HTTP thread and ${number(others)} µs of the others. With the load on another machine, one process is full at 1 s / ${number(http)} µs = ${count(ceiling)} single rows a second. ${second}`,
    `Batches grow with cores: a row in a batch takes ${number(rows.slope)} µs in all, ${count(rowsPerCore)} rows a second for each core that a deployment's \`cpu_limit\` gives it. A second process, on the same machine or on another, behind anything that balances connections, adds as much again, as they share nothing but the files they were deployed from: two machines take about ${count(2 * ceiling)} single rows a second, less what the balancer costs.`,
  ];
}

/** The arithmetic of {@link onPaper}. */
export function ceilings({ single, rows }) {
  const http = single.httpUs;
  const others = single.cpuUs - single.httpUs;
  const ceiling = 1e6 / http;
  return { http, others, ceiling, coresOfOthers: (ceiling * others) / 1e6, rowsPerCore: 1e6 / rows.slope };
}
