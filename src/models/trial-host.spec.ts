import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../../test/support/built';
import { until } from '../../test/support/http-client';
import { golden } from '../../test/support/inference-fixture';
import { ImportGauge } from './import-gauge';

const ROOT = join(__dirname, '../..');

beforeAll(ensureBuilt, 120_000);

/** Names of the processes that threads of this one have started; one that has ended and was not waited for has none. */
function children(): string[] {
  const pids = readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
}

describe('TrialHost', () => {
  it('leaves no process when it has been idle, nor the remains of one', async () => {
    // Its thread is started from what is built, which has to be beside it.
    const { TrialHost } = (await import(join(ROOT, 'dist/models/trial-host.js'))) as typeof import('./trial-host');
    const host = new TrialHost();
    const isStarter = (name: string): boolean => name.includes('trial-starter');
    try {
      const { signature } = golden('forest');
      const modelPath = join(ROOT, 'test/golden/inference/forest.onnx');
      const options = { modelPath, signature, compiled: false, inputs: null, deadlineMs: 20_000, maxRssBytes: 1e9 };
      await host.run({ options, expected: null, progress: new ImportGauge().memory });
      expect(children().some(isStarter)).toBe(true);
      await until('the starter has ended', () => !children().some(isStarter), 30_000);
      await until('its end was noted', () => children().length === 0, 3_000);
    } finally {
      await host.onModuleDestroy();
    }
  });
});
