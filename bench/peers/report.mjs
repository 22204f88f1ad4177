import { paceText } from '../core-pace.mjs';
import { number, table, withSpread, wrap } from '../format.mjs';
import { spread } from '../statistics.mjs';
import { LARGE_MODELS } from './large-models.mjs';
import { PEERS } from './peers.mjs';

/** Of MLServer's memory ours is to be a third. */
const MEMORY_TARGET = { peer: 'mlserver', times: 3 };
const SHAPES = { single: 'single rows', batch: '1,000 rows a request' };

const worked = (peers, shape) =>
  Object.entries(peers ?? {}).filter(([, report]) => !report.failed && (!shape || report[shape]));
const oursOfIts = (report, shape) => report[shape].ours.perSecond.ratio;
const median = (values) => spread(values).median;

/** Every target with what was reached, and what floor and ceiling reach where they were measured beside it: all in times. */
export function targetsOf({ singles, large }) {
  const targets = [];
  for (const [name, { ratio, peer, ceilingRatio }] of worked(singles?.peers)) {
    const { title, target } = PEERS[name];
    const floor = 1 / peer.perSecond.ratio.median;
    const beside = { floor, ceiling: ceilingRatio.median };
    targets.push({ what: `single rows, throughput of ${title}`, wanted: target, reached: ratio.median, ...beside });
  }
  const memory = singles?.peers[MEMORY_TARGET.peer];
  if (memory && !memory.failed) {
    const reached = memory.peer.memoryMb / memory.ours.memoryMb;
    targets.push({ what: `memory of ${PEERS[MEMORY_TARGET.peer].title}`, wanted: MEMORY_TARGET.times, reached });
  }
  for (const [model, { peers }] of Object.entries(large ?? {})) {
    for (const shape of Object.keys(SHAPES)) {
      const of = ([, report]) => oursOfIts(report, shape).median;
      const [fastest] = worked(peers, shape).sort((a, b) => of(a) - of(b));
      if (!fastest) continue;
      const what = `${model}, ${SHAPES[shape]}: throughput of the fastest, ${PEERS[fastest[0]].title}`;
      targets.push({ what, wanted: 1, reached: of(fastest) });
    }
  }
  return targets;
}

function targetsText(report) {
  const targets = targetsOf(report);
  const rows = targets.map(({ what, wanted, reached, floor, ceiling }) => [
    what,
    `${number(wanted)}x`,
    `${number(reached)}x`,
    floor ? `${number(floor)}x` : '',
    ceiling ? `${number(ceiling)}x` : '',
    reached >= wanted ? 'met' : 'missed',
  ]);
  const met = targets.filter(({ wanted, reached }) => reached >= wanted).length;
  return `## Targets

${wrap(`${met} of ${targets.length} are met. Each is a ratio within the same round, as median over the rounds: how many times
the throughput of that peer Modelport reaches, or how many times its memory the peer takes. Beside it what bare
\`node:http\` reaches, Node's own HTTP server with nothing else to do; Modelport reads small requests without it. And what
a process of Node reaches that reads nothing and answers each arrival with the same few bytes: with this load, on this
machine, there is no more to be had.`)}

${table(['', 'wanted', 'reached', 'bare `node:http`', 'reads nothing', ''], rows)}
`;
}

const SINGLES_HEAD = [
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

function singlesText({ singles }) {
  const seen = worked(singles.peers).sort(([, a], [, b]) => a.ratio.median - b.ratio.median);
  const row = (title, of, ratio, rest) => [
    title,
    number(of((side) => side.perSecond.value.median)),
    ratio,
    number(of((side) => side.cpuUs.value.median)),
    number(of((side) => side.cpuUs.ratio.median)),
    number(of((side) => side.p50Ms.median)),
    number(of((side) => side.p99Ms.median)),
    number(of((side) => side.aloneP50Ms)),
    ...rest,
  ];
  const beside = (side) => (pick) => median(seen.map(([, report]) => pick(report[side])));
  const ours = beside('ours');
  const rows = seen.map(([name, { peer, ratio }]) =>
    row(PEERS[name].title, (pick) => pick(peer), withSpread(ratio), [
      number(peer.memoryMb),
      number(peer.startMs / 1000),
    ]),
  );
  const about = `A scikit-learn forest of 100 trees on iris, one row a request, JSON, 32 connections. CPU time and memory are
of all processes of a server together: CPU also beside what bare \`node:http\` took in the same round to parse the same
JSON and answer one of about the same size, memory as proportional set size right after the load. The start is from
starting the process, with the model there, to the first answer. The rows of the floor and of Modelport are medians over
what was measured beside each peer.`;
  return `## Single rows

${wrap(about)}

${table(SINGLES_HEAD, [
  row('bare `node:http`', beside('floor'), '', ['', '']),
  row('Modelport, own `/infer`', ours, '1', [number(ours((side) => side.memoryMb)), number(singles.startMs / 1000)]),
  ...rows,
])}
`;
}

const LARGE_HEAD = ['rows', '', 'its requests/s', 'ours', 'ours of its', 'its CPU ms', 'ours', 'its p50 ms', 'ours'];

function largeRows(peers, shape) {
  const seen = worked(peers, shape);
  seen.sort(([, a], [, b]) => oursOfIts(a, shape).median - oursOfIts(b, shape).median);
  return seen.flatMap(([name, report]) => {
    const { peer, ours, oursOnnx } = report[shape];
    const { title } = PEERS[name];
    const rows = [largeRow(shape, title, peer, ours)];
    return oursOnnx ? [...rows, largeRow(shape, `${title}; its ONNX file in both`, peer, oursOnnx)] : rows;
  });
}

function largeRow(shape, title, peer, ours) {
  return [
    shape === 'single' ? '1' : '1,000',
    title,
    number(peer.perSecond.value.median),
    number(ours.perSecond.value.median),
    withSpread(ours.perSecond.ratio),
    number(peer.cpuUs.value.median / 1000),
    number(ours.cpuUs.value.median / 1000),
    number(peer.p50Ms.median),
    number(ours.p50Ms.median),
  ];
}

function largeText({ large }) {
  const sections = Object.entries(large).map(([model, { pickleBytes, peers }]) => {
    const rows = Object.keys(SHAPES).flatMap((shape) => largeRows(peers, shape));
    return `### ${model}

${wrap(`${LARGE_MODELS[model].title}; a pickle of ${number(pickleBytes / 1e6)} MB.`)}

${table(LARGE_HEAD, rows)}
`;
  });
  const about = `30 features; single rows on 32 connections, 1,000 rows in a request on four, JSON; CPU is of a request. Labels
and probabilities are answered, except by MLServer and MLflow, whose own runtimes answer labels only. Modelport computes
of the pickle what scikit-learn computes, in float64; onnxruntime under FastAPI and under Triton computes in float32, as
skl2onnx converts by default, which costs less and is exact to about 1e-6. Beside these Modelport is measured with that
ONNX file too.`;
  return `## Batches and large models

${wrap(about)}

${sections.join('\n')}`;
}

/** Of all parts of a report what they say of one peer. */
const everySaid = ({ singles, large }, name, key) =>
  [singles, ...Object.values(large ?? {})].map((part) => part?.peers[name]?.[key]).filter(Boolean);

function sameAnswers(report, name) {
  const seen = everySaid(report, name, 'answers');
  if (seen.length === 0) return '';
  const same = Math.min(...seen.map((answer) => answer.same));
  const labels = `${number(same * 100)} % of labels`;
  if (seen.every(({ largest }) => largest === null)) return labels;
  const largest = Math.max(...seen.map((answer) => answer.largest ?? 0));
  return `${labels}, probabilities ${largest === 0 ? 'equal' : `within ${largest.toExponential(0)}`}`;
}

function formsText(report) {
  const rows = Object.entries(report.versions).map(([name, version]) => [
    PEERS[name].title,
    version,
    PEERS[name].form,
    sameAnswers(report, name),
    [...new Set(everySaid(report, name, 'failed'))].join('; '),
  ]);
  const about = `One process, replica or instance that calls the model, one thread for the arithmetic, \`OMP_NUM_THREADS=1\` for
all, Modelport too, which runs in its default configuration with metrics and logs on. Before it is measured each is asked
for rows one at a time and, where batches of it are measured, for 1,000 at once, and its answers are compared with
scikit-learn's own; what answers differently is not measured.`;
  return `## How each is run

${wrap(about)}

${table(['', 'version', 'form', 'same answers', 'what failed'], rows)}
`;
}

/** What a whole run would have measured and this one has not: it was ended early, or asked for a part. */
function missingText({ singles, large = {}, versions }) {
  const models = Object.entries(LARGE_MODELS).filter(([model]) => !large[model]);
  const missing = [
    ...(singles ? [] : ['single rows of the small model']),
    ...models.map(([model, { title }]) => `${title} (\`${model}\`)`),
    ...Object.keys(PEERS)
      .filter((name) => !versions[name])
      .map((name) => PEERS[name].title),
  ];
  return missing.length > 0 ? [`${wrap(`This run is not whole. It did not measure: ${missing.join('; ')}.`)}\n`] : [];
}

/** The report as a page of documentation. */
export function toText(report) {
  const { machine, rounds, largeRounds, seconds, at, took } = report;
  const about = `Made by \`npm run bench:peers -- --docs\` on ${at.slice(0, 10)} in ${number(took / 60)} minutes:
${machine.cpus} CPUs (${machine.cpu}), ${machine.memoryGb} GB, load by ${report.generator} on the same machine, models of
${report.scikitLearn}, Modelport at commit ${report.commit}. Modelport and one peer, for single rows of the small model
the floor too, are loaded in turn, ${rounds} rounds of ${seconds} s each after 1 s to warm up (${largeRounds} rounds for
large models and batches); figures are medians, in brackets quartiles, ratios are of two figures of the same round. The
load average was ${number(report.loadBefore)} before the run; above 0.5 the machine did something else as well.
${paceText(report.pace)}`;
  const parts = [`# Beside other servers\n\n${wrap(about)}\n`, ...missingText(report), targetsText(report)];
  if (report.singles) parts.push(singlesText(report));
  if (report.large) parts.push(largeText(report));
  parts.push(formsText(report));
  return parts.join('\n');
}
