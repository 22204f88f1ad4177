/* global describe, it, expect */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { replicateModel } from './replicate-model.mjs';

describe('copies of a deployed model', () => {
  it('have rows, files and ports of their own', () => {
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-replicate-'));
    fs.mkdirSync(path.join(dataDir, 'artifacts/first'), { recursive: true });
    fs.writeFileSync(path.join(dataDir, 'artifacts/first/model.onnx'), 'graph');
    const database = new DatabaseSync(path.join(dataDir, 'modelport.db'));
    database.exec(`CREATE TABLE models (model_id TEXT, created_at INTEGER);
      CREATE TABLE model_versions (model_id TEXT, version INTEGER, artifact TEXT);
      CREATE TABLE deployments (model_id TEXT, port INTEGER, resources TEXT);
      INSERT INTO models VALUES ('iris', 7);
      INSERT INTO model_versions VALUES ('iris', 1, 'first');
      INSERT INTO deployments VALUES ('iris', 8000, '{}');`);
    expect(replicateModel(dataDir, 'iris', ['a', 'b'])).toEqual({ a: 8001, b: 8002 });
    const artifacts = database.prepare('SELECT artifact FROM model_versions').all();
    expect(new Set(artifacts.map(({ artifact }) => artifact)).size).toBe(3);
    for (const { artifact } of artifacts) {
      expect(fs.readFileSync(path.join(dataDir, 'artifacts', artifact, 'model.onnx'), 'utf8')).toBe('graph');
    }
    const deployed = database.prepare('SELECT model_id, port, resources FROM deployments ORDER BY port').all();
    expect(deployed.map((row) => ({ ...row }))).toEqual([
      { model_id: 'iris', port: 8000, resources: '{}' },
      { model_id: 'a', port: 8001, resources: '{}' },
      { model_id: 'b', port: 8002, resources: '{}' },
    ]);
    expect(database.prepare('SELECT model_id FROM models').all()).toHaveLength(3);
    database.close();
    fs.rmSync(dataDir, { recursive: true });
  });
});
