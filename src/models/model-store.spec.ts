import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import type { ModelDraft } from './model-version';
import { ModelStore } from './model-store';

let dataDir: string;
let database: Database;
let store: ModelStore;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'modelport-store-'));
  database = await Database.open(dataDir);
  store = new ModelStore(new AppConfig({ DATA_DIR: dataDir }), database);
  await store.open();
});

afterEach(async () => {
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function draft(modelId: string, sha256: string): ModelDraft {
  return {
    modelId,
    format: 'pickle',
    framework: 'scikit-learn',
    frameworkVersion: '1.5.2',
    sha256,
    sizeBytes: 3,
    signature: { task: 'regression', inputs: [], outputs: [], features: null },
    warnings: ['w'],
    parity: { rows: 5, labelsDifferent: 0, largestDifference: 1e-16 },
    inputSchema: { type: 'object' },
    description: null,
    memoryBytes: 1000,
  };
}

async function add(modelId: string, sha256: string) {
  const folder = await store.makeWorkFolder();
  writeFileSync(join(folder, 'original'), sha256);
  writeFileSync(join(folder, 'model.onnx'), `graph of ${sha256}`);
  return store.add(draft(modelId, sha256), folder);
}

describe('ModelStore', () => {
  it('numbers versions from 1 and gives back what was stored', async () => {
    expect(await add('m', 'a')).toMatchObject({ version: 1 });
    const second = await add('m', 'b');
    expect(await store.versionOrThrow('m')).toEqual(second);
    expect(await store.versionOrThrow('m', 1)).toMatchObject({ version: 1, ...draft('m', 'a') });
    expect(existsSync(store.pathOf(second, 'onnx'))).toBe(true);
  });

  it('makes one version of the same bytes, however many come at once', async () => {
    const versions = await Promise.all([add('m', 'a'), add('m', 'a'), add('m', 'b'), add('m', 'a')]);
    const bySha = new Set(versions.map(({ sha256, version }) => `${sha256}${version}`));
    expect(bySha.size).toBe(2);
    expect(await store.versionsOrThrow('m')).toHaveLength(2);
  });

  it('keeps models apart, whatever they are called', async () => {
    for (const id of ['__proto__', 'constructor', 'M', 'm']) await add(id, 'a');
    expect((await store.listAll()).map(({ modelId }) => modelId).sort()).toEqual([
      'M',
      '__proto__',
      'constructor',
      'm',
    ]);
  });

  it('removes rows and files, and numbers from 1 again', async () => {
    const { artifact } = await add('m', 'a');
    await add('m', 'b');
    await store.removeFiles(await store.remove('m'));
    await expect(store.versionsOrThrow('m')).rejects.toMatchObject({ code: 'model_not_found' });
    await expect(store.remove('m')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(existsSync(join(dataDir, 'artifacts', artifact))).toBe(false);
    expect(await add('m', 'c')).toMatchObject({ version: 1 });
  });

  it('removes nothing when what goes with it cannot be removed', async () => {
    const { artifact } = await add('m', 'a');
    const fails = () => Promise.reject(new Error('no'));
    await expect(store.remove('m', fails)).rejects.toThrow('no');
    expect(await store.versionsOrThrow('m')).toMatchObject([{ version: 1, artifact }]);
    expect(existsSync(join(dataDir, 'artifacts', artifact))).toBe(true);
  });

  it('names the versions there are when one is not', async () => {
    await add('m', 'a');
    await expect(store.versionOrThrow('m', 7)).rejects.toThrow('no version 7; it has 1');
  });

  it('sweeps away at its start what an interrupted upload left behind', async () => {
    const { artifact } = await add('m', 'a');
    await store.makeWorkFolder();
    const orphan = join(dataDir, 'artifacts', 'orphan');
    writeFileSync(orphan, '');
    await store.open();
    expect(readdirSync(join(dataDir, 'tmp'))).toEqual([]);
    expect(readdirSync(join(dataDir, 'artifacts'))).toEqual([artifact]);
  });
});
