const number = (value) => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  const [whole, fraction] = value.toFixed(digits).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction ? `.${fraction}` : '');
};
/** Median, with the quartiles behind it. */
const withSpread = ({ median, q1, q3 }) => `${number(median)} (${number(q1)} to ${number(q3)})`;

function table(head, rows) {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function singlesTable(sides) {
  const rows = Object.entries(sides).map(([name, { perSecond, cpuUs, p50Ms, p99Ms }]) => [
    { floor: 'bare `node:http`', infer: 'own `/infer`', predict: 'main `/predict`' }[name],
    number(perSecond.value.median),
    withSpread(perSecond.ratio),
    number(cpuUs.value.median),
    withSpread(cpuUs.ratio),
    number(p50Ms.median),
    number(p99Ms.median),
  ]);
  return table(['', 'requests/s', 'of the floor', 'CPU µs a request', 'of the floor', 'p50 ms', 'p99 ms'], rows);
}

function singlesText({ busy, alone }) {
  const slower = alone.infer.p50Ms.median - alone.floor.p50Ms.median;
  return `## Single rows

A scikit-learn forest of 100 trees on iris, one row a request, JSON; 32 connections. The floor is bare \`node:http\`
that parses the same JSON and answers one of about the same size.

${singlesTable(busy)}

One connection alone, on which the next request is sent when the answer to the last has come (own \`/infer\` takes
${number(slower)} ms longer than the floor, by the medians):

${singlesTable(alone)}
`;
}

function batchText({ bytes, ratio, json, inProcess }) {
  return `## 1,000 rows in one request

1,000 rows of 30 features, a forest of 100 trees on the breast cancer data, ${number(bytes / 1000)} KB of JSON, two
connections, one inference thread; against onnxruntime called in process on the same graph with rows that are tensors
already, also one thread.

${table(
  ['', 'batches/s'],
  [
    ['own `/infer`, JSON', withSpread(json)],
    ['onnxruntime in process', withSpread(inProcess)],
    ['ratio', withSpread(ratio)],
  ],
)}
`;
}

function memoryText(starts) {
  const [, one, , many] = starts;
  const each = (many.residentMb.median - one.residentMb.median) / (many.models - one.models);
  const rows = starts.map(({ models, residentMb, deployedMb, startMs }) => [
    String(models),
    withSpread(residentMb),
    number(deployedMb),
    withSpread(startMs),
  ]);
  return `## Memory and cold start

Resident memory half a second after a cold start with so many deployed models (the forest on iris), in the process that
had just taken the uploads, and the time from starting the process until \`/health\` answers 200. Each model after the
first takes ${number(each)} MB.

${table(['models', 'MB after a cold start', 'MB after the uploads', 'ms until ready'], rows)}
`;
}

/** The report as a page of documentation. */
export function toText(report) {
  const { machine, generator, rounds, seconds, at, loadBefore, loadAfter } = report;
  const parts = [
    `# Performance

Made by \`npm run bench -- --docs\` on ${at.slice(0, 10)}: ${machine.cpus} CPUs (${machine.cpu}), ${machine.memoryGb} GB,
load by ${generator} on the same machine, ${rounds} rounds of ${seconds} s in turn, each after 1 s to warm up. Figures are
medians, in brackets the quartiles; ratios are of two figures of the same round. The load average was
${number(loadBefore)} before the run and ${number(loadAfter)} after it: when it is above 2, what else the machine did
is in the figures, most of all in requests a second; CPU time a request is the steadier figure. Metrics and logs are on,
as always.
`,
  ];
  if (report.singles) parts.push(singlesText(report.singles));
  if (report.batch) parts.push(batchText(report.batch));
  if (report.memory) parts.push(memoryText(report.memory));
  return parts.join('\n');
}
