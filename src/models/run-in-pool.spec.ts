import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../test/support/built';
import { golden } from '../../test/support/inference-fixture';

const ROOT = join(__dirname, '../..');

/** Imports a file and proves a graph, first without a descriptor left for a thread, then with all of them again. */
const SCRIPT = `
  require('reflect-metadata');
  const { closeSync, openSync } = require('node:fs');
  const { join } = require('node:path');
  const [root, folder] = process.argv.slice(1);
  const load = (name) => require(join(root, 'dist/models', name));
  const { ImportHost } = load('import-host.js');
  const { TrialHost } = load('trial-host.js');
  const { ImportGauge } = load('import-gauge.js');
  const { golden } = JSON.parse(process.env.GOLDEN);
  const progress = new ImportGauge().memory;
  const out = (name) => join(folder, name);
  const request = {
    path: join(root, 'examples/iris.pkl'), onnxPath: out('onnx'), textStagePath: out('text'),
    inlineGraphPath: out('inline'), treeSplitPath: out('trees'), progress,
  };
  const options = {
    modelPath: join(root, 'test/golden/inference/forest.onnx'), signature: golden.signature, compiled: false,
    inputs: null, deadlineMs: 20000, maxRssBytes: 1e9,
  };
  const imports = new ImportHost({ importTimeoutMs: 60000, importMemoryBytes: 1e9 });
  const trials = new TrialHost();
  const both = async () => {
    const ends = await Promise.allSettled([imports.run(request), trials.run({ options, expected: null, progress })]);
    return ends.map(({ status, reason }) => reason?.code ?? status);
  };
  const held = [];
  const fill = () => { for (;;) try { held.push(openSync('/dev/null', 'r')); } catch { return; } };
  (async () => {
    fill();
    const without = await both();
    held.forEach((descriptor) => closeSync(descriptor));
    const within = await both();
    await Promise.all([imports.onModuleDestroy(), trials.onModuleDestroy()]);
    process.stdout.write(JSON.stringify({ without, within }));
  })();
`;

beforeAll(ensureBuilt, 120_000);

it('gives an upload up for which no thread can be started, and takes the next one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelport-pool-'));
  const command = 'ulimit -n 200; exec "$0" --disable-warning=ExperimentalWarning -e "$1" "$2" "$3"';
  const told = execFileSync('sh', ['-c', command, process.execPath, SCRIPT, ROOT, folder], {
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, GOLDEN: JSON.stringify({ golden: golden('forest') }) },
  });
  rmSync(folder, { recursive: true });
  expect(JSON.parse(told)).toEqual({
    without: ['not_ready', 'not_ready'],
    within: ['fulfilled', 'fulfilled'],
  });
}, 60_000);
