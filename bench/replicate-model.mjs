import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Copies a deployed model of a stopped server under other names: rows and files, as uploads and deployments would have
 * left them. It saves the minutes that uploading a thousand times takes and changes nothing of what a start does.
 * @param names of the copies
 * @returns the ports of the copies, by name
 */
export function replicateModel(dataDir, modelId, names) {
  const database = new DatabaseSync(path.join(dataDir, 'modelport.db'));
  try {
    let { port } = database.prepare('SELECT max(port) AS port FROM deployments').get();
    const ports = {};
    database.exec('BEGIN');
    for (const name of names) {
      const artifact = randomUUID();
      ports[name] = ++port;
      copyRows(database, 'models', modelId, { model_id: name });
      for (const { artifact: original } of copyRows(database, 'model_versions', modelId, {
        model_id: name,
        artifact,
      })) {
        fs.cpSync(path.join(dataDir, 'artifacts', original), path.join(dataDir, 'artifacts', artifact), {
          recursive: true,
        });
      }
      copyRows(database, 'deployments', modelId, { model_id: name, port });
    }
    database.exec('COMMIT');
    return ports;
  } finally {
    database.close();
  }
}

/** @returns the rows that were copied, as they were */
function copyRows(database, table, modelId, changes) {
  const rows = database.prepare(`SELECT * FROM ${table} WHERE model_id = ?`).all(modelId);
  for (const row of rows) {
    const copy = { ...row, ...changes };
    const columns = Object.keys(copy);
    const places = columns.map(() => '?').join(', ');
    database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).run(...Object.values(copy));
  }
  return rows;
}
