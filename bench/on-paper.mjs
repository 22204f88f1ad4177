import { number } from './format.mjs';

/**
 * What more cores and machines add, computed from CPU time a request: one HTTP thread takes in and answers, as many
 * workers as a deployment has decode, infer and encode.
 * @param single the point of single rows on many connections: `cpuUs` of all threads, `httpUs` of the HTTP thread
 * @param rows base and slope of the CPU time by rows, in µs
 * @returns paragraphs
 */
export function onPaper({ single, rows }) {
  const { http, worker, ceiling, workersNeeded, rowsPerCore } = ceilings({ single, rows });
  return [
    `On paper, from these figures: a single row takes ${number(http)} µs of the HTTP thread and ${number(worker)} µs of the others. With the load on another machine and a core for each thread, one process is full at 1 s / ${number(http)} µs = ${number(ceiling)} single rows a second, and needs ${number(workersNeeded)} cores for what its other threads do by then. So the second core is what single rows need most; a further one adds nothing to single rows of one process.`,
    `Batches grow with cores: a row in a batch takes ${number(rows.slope)} µs in all, ${number(rowsPerCore)} rows a second for each core that a deployment's \`cpu_limit\` gives it. Beyond one process, a second one on the same machine or on another, behind anything that balances connections, adds as much again: they share nothing but the files they were deployed from. Two machines of two cores make about ${number(2 * ceiling)} single rows a second, less what the balancer costs.`,
  ];
}

/** The arithmetic of {@link onPaper}. */
export function ceilings({ single, rows }) {
  const http = single.httpUs;
  const worker = single.cpuUs - single.httpUs;
  const ceiling = 1e6 / http;
  return { http, worker, ceiling, workersNeeded: (ceiling * worker) / 1e6, rowsPerCore: 1e6 / rows.slope };
}
