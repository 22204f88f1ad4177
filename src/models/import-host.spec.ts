import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ensureBuilt } from '../../test/support/built';
import type { AppConfig } from '../common/config';
import { ImportGauge } from './import-gauge';
import type { ImportRequest } from './import-protocol';

const ROOT = join(__dirname, '../..');
const TIMEOUT_MS = 4_000;

beforeAll(ensureBuilt, 120_000);

describe('ImportHost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelport-import-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const request = (path: string, name: string): ImportRequest => ({
    path,
    onnxPath: join(folder, `${name}.onnx`),
    textStagePath: join(folder, `${name}.text`),
    inlineGraphPath: join(folder, `${name}.inline`),
    treeSplitPath: join(folder, `${name}.trees`),
    progress: new ImportGauge().memory,
  });

  it('ends a thread whose arrays take more than the bound, and no other', async () => {
    const { ImportHost } = (await import(join(ROOT, 'dist/models/import-host.js'))) as typeof import('./import-host');
    const host = new ImportHost({ importTimeoutMs: 60_000, importMemoryBytes: 64e6 } as AppConfig);
    const path = join(folder, 'bytes');
    writeFileSync(path, gzipSync(Buffer.concat([randomBytes(5_000_000), Buffer.alloc(400_000_000)])));
    const over = host.run(request(path, 'bytes'));
    const beside = host.run(request(join(ROOT, 'examples/iris.pkl'), 'iris'));
    await expect(over).rejects.toMatchObject({
      code: 'import_limit',
      message: 'reading and compiling the file takes more memory than IMPORT_MEMORY allows',
    });
    expect(await beside).toMatchObject({ framework: 'scikit-learn' });
    await host.onModuleDestroy();
  });

  it('counts the time of an import from when it has a thread, not from when it waits for one', async () => {
    // Its thread is started from what is built, which has to be beside it.
    const { ImportHost } = (await import(join(ROOT, 'dist/models/import-host.js'))) as typeof import('./import-host');
    const host = new ImportHost({ importTimeoutMs: TIMEOUT_MS, importMemoryBytes: 1e9 } as AppConfig);
    // Nobody writes into these: whoever reads them waits until it is told that its time is over.
    const endless = ['a', 'b'].map((name) => join(folder, name));
    execFileSync('mkfifo', endless);
    const [first, second, behind] = await Promise.allSettled([
      ...endless.map((path) => host.run(request(path, 'endless'))),
      host.run(request(join(ROOT, 'examples/iris.pkl'), 'iris')),
    ]);
    // A thread ends when what it waits for is there.
    for (const path of endless) closeSync(openSync(path, constants.O_RDWR));
    await host.onModuleDestroy();
    const late = { code: 'import_limit', message: 'the file could not be read and compiled within 4 s' };
    expect(first).toMatchObject({ status: 'rejected', reason: late });
    expect(second).toMatchObject({ status: 'rejected', reason: late });
    expect(behind).toMatchObject({ status: 'fulfilled', value: { framework: 'scikit-learn' } });
    expect(existsSync(join(folder, 'iris.onnx'))).toBe(true);
  });
});
