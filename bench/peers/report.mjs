import { PEERS } from './peers.mjs';

const MEMORY_TARGET = { peer: 'mlserver', share: 3 };
const MODEL_TITLES = {
  cancer: 'a forest of 100 trees on the breast cancer data',
  'forest-20mb': 'a forest of 100 trees, a pickle of 20 MB',
  mlp: 'a network of two hidden layers of 512, behind a scaler',
  'boosting-500': 'a gradient boosting of 500 trees',
};

const number = (value) => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  const [whole, fraction] = value.toFixed(digits).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction ? `.${fraction}` : '');
};
/** Median, with the quartiles behind it where they differ. */
const withSpread = ({ median, q1, q3 }) =>
  q1 === q3 ? number(median) : `${number(median)} (${number(q1)} to ${number(q3)})`;
const medianOf = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function table(head, rows) {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const worked = (peers) => Object.entries(peers).filter(([, report]) => !report.failed);

/** The targets, each with what was reached. */
function targets({ singles, large }) {
  const rows = [];
  const add = (what, wanted, reached) =>
    rows.push([what, `${number(wanted)}x`, `${number(reached)}x`, reached >= wanted ? 'met' : '**missed**']);
  for (const [name, report] of worked(singles?.peers ?? {})) {
    add(`single rows, throughput of ${PEERS[name].title}`, PEERS[name].target, report.ratio.median);
  }
  const memory = singles?.peers[MEMORY_TARGET.peer];
  if (memory && !memory.failed) {
    add('memory of MLServer over ours', MEMORY_TARGET.share, memory.peer.memoryMb / memory.ours.memoryMb);
  }
  for (const [model, { peers }] of Object.entries(large ?? {})) {
    for (const shape of ['single', 'batch']) {
      const seen = worked(peers).filter(([, report]) => report[shape]);
      if (seen.length === 0) continue;
      const ratio = ([, report]) => report[shape].ours.perSecond.ratio.median;
      const [best, report] = seen.reduce((a, b) => (ratio(b) < ratio(a) ? b : a));
      const what = shape === 'single' ? 'single rows' : '1,000 rows a request';
      add(`${model}, ${what}: the fastest peer (${PEERS[best].title})`, 1, ratio([best, report]));
    }
  }
  return `## Targets

How many times the throughput of a peer (of the peers' fastest, for large models and batches) is to be reached and was,
each a ratio within the same round.

${table(['', 'wanted', 'reached', ''], rows)}
`;
}

function singlesText({ singles }) {
  const seen = worked(singles.peers);
  const reports = seen.map(([, report]) => report);
  const middle = (side, pick) => medianOf(reports.map((report) => pick(report[side])));
  const common = (title, side, extra) => [
    title,
    number(middle(side, (s) => s.perSecond.value.median)),
    ...extra,
    number(middle(side, (s) => s.cpuUs.value.median)),
    number(middle(side, (s) => s.cpuUs.ratio.median)),
    number(middle(side, (s) => s.p50Ms.median)),
    number(middle(side, (s) => s.p99Ms.median)),
    number(middle(side, (s) => s.aloneP50Ms)),
  ];
  const rows = seen
    .sort(([, a], [, b]) => a.ratio.median - b.ratio.median)
    .map(([name, { peer, ratio }]) => [
      PEERS[name].title,
      number(peer.perSecond.value.median),
      withSpread(ratio),
      number(peer.cpuUs.value.median),
      number(peer.cpuUs.ratio.median),
      number(peer.p50Ms.median),
      number(peer.p99Ms.median),
      number(peer.aloneP50Ms),
      number(peer.memoryMb),
      number(peer.startMs / 1000),
    ]);
  const head = [
    '',
    'requests/s',
    'Modelport is x times',
    'CPU µs a request',
    'of the floor',
    'p50 ms',
    'p99 ms',
    'one connection p50 ms',
    'memory MB',
    'start s',
  ];
  const ours = common('**Modelport**, own `/infer`', 'ours', ['1.00']);
  ours.push(number(middle('ours', (s) => s.memoryMb)), number(singles.startMs / 1000));
  const floor = common('bare `node:http`', 'floor', ['']);
  floor.push('', '');
  return `## Single rows

A scikit-learn forest of 100 trees on iris, one row a request, JSON, 32 connections. CPU time and memory are of all
processes of a server together: memory as proportional set size right after the load, CPU beside what bare \`node:http\`
took in the same round to parse the same JSON and answer one of the same size. The start is from starting the process,
with the model there, to the first answer. Rows of Modelport and the floor are medians over what was measured beside
each peer.

${table(head, [floor, ours, ...rows])}
`;
}

function largeText({ large }) {
  const sections = Object.entries(large).map(([model, { pickleBytes, peers }]) => {
    const rows = [];
    for (const shape of ['single', 'batch']) {
      const seen = worked(peers).filter(([, report]) => report[shape]);
      seen.sort(([, a], [, b]) => a[shape].ours.perSecond.ratio.median - b[shape].ours.perSecond.ratio.median);
      for (const [name, { [shape]: report }] of seen) {
        rows.push([
          shape === 'single' ? '1' : '1,000',
          PEERS[name].title,
          number(report.peer.perSecond.value.median),
          number(report.ours.perSecond.value.median),
          withSpread(report.ours.perSecond.ratio),
          number(report.peer.cpuUs.value.median / 1000),
          number(report.ours.cpuUs.value.median / 1000),
          `${number(report.peer.p50Ms.median)} / ${number(report.ours.p50Ms.median)}`,
        ]);
      }
    }
    const head = ['rows', '', 'its requests/s', 'ours', 'ours of its', 'its CPU ms', 'ours', 'p50 ms, its / ours'];
    return `### ${model}: ${MODEL_TITLES[model]} (${number(pickleBytes / 1e6)} MB)

${table(head, rows)}
`;
  });
  return `## Batches and large models

30 features; single rows on 32 connections, 1,000 rows in a request on four, JSON. Labels and probabilities are answered,
except by MLServer and MLflow, whose own runtimes answer labels only. Modelport answers what scikit-learn does in its
float64; onnxruntime under FastAPI and Triton computes in float32, as converters make it. CPU is of a request.

${sections.join('\n')}`;
}

function formsText({ versions, singles, large }) {
  const failures = (name) =>
    [singles, ...Object.values(large ?? {})].map((part) => part?.peers[name]?.failed).find(Boolean) ?? '';
  const answers = (name) => {
    const seen = [singles, ...Object.values(large ?? {})].map((part) => part?.peers[name]?.answers).filter(Boolean);
    if (seen.length === 0) return '';
    const same = Math.min(...seen.map((answer) => answer.same));
    const largest = Math.max(...seen.map((answer) => answer.largest ?? 0));
    const off = seen[0].largest === null ? '' : `, probabilities within ${largest.toPrecision(1)}`;
    return `${number(same * 100)} % of labels${off}`;
  };
  const rows = Object.keys(versions).map((name) => [
    PEERS[name].title,
    versions[name],
    PEERS[name].form,
    answers(name),
    failures(name),
  ]);
  return `## How each is run

One process, replica or instance that calls the model, one thread for the arithmetic, \`OMP_NUM_THREADS=1\` for all, Modelport
too. Before it is measured each is asked for the rows, alone and as a batch of 1,000, and its answers are compared with
scikit-learn's own. Modelport runs in its default configuration, metrics and logs on.

${table(['', 'version', 'form', 'same answers', 'what failed'], rows)}
`;
}

/** The report as a page of documentation. */
export function toText(report) {
  const { machine, generator, rounds, largeRounds, seconds, at, loadBefore, loadAfter, scikitLearn, tookMinutes } =
    report;
  const parts = [
    `# Beside other servers

Made by \`npm run bench:peers -- --docs\` on ${at.slice(0, 10)} in ${number(tookMinutes)} minutes: ${machine.cpus} CPUs
(${machine.cpu}), ${machine.memoryGb} GB, load by ${generator} on the same machine; models of ${scikitLearn}. Modelport,
the floor and one peer are loaded in turn, ${rounds} rounds of ${seconds} s each after 1 s to warm up (${largeRounds} for
large models); figures are medians, in brackets quartiles, ratios are of two figures of the same round. The load average
was ${number(loadBefore)} before the run and ${number(loadAfter)} after it: before it, above 0.5 means that the machine
did something else as well.
`,
    targets(report),
  ];
  if (report.singles) parts.push(singlesText(report));
  if (report.large) parts.push(largeText(report));
  parts.push(formsText(report));
  return parts.join('\n');
}
