import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchSettings, startArguments, startEnvironment, startFlags } from '../npm-start.mjs';
import { MODELPORT } from './peers.mjs';
import { Side, freePort } from './side.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'modelport-peer-'));

/** What takes requests: the process, where it is asked, and how. `stop` ends it and removes what it wrote. */
function server(side, { url, peer, model, folder }) {
  return {
    side,
    url,
    body: peer.body,
    read: (answer) => peer.read(answer, model),
    async stop() {
      await side.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts one of the peers with a model, and waits for its first answer to a row. */
export async function startPeer(name, peer, model, { python, logs }) {
  const folder = temporary();
  const port = await freePort();
  const programs = path.join(HERE, peer.environment);
  const side = new Side({
    command: peer.command({ python, folder: programs, port }),
    cwd: folder,
    log: path.join(logs, `${name}.log`),
    env: {
      MODEL_DIR: model.folder,
      WORK_DIR: folder,
      PORT: String(port),
      FEATURES: String(model.features),
      CLASSES: String(model.classes),
      BENTOML_HOME: folder,
      BENTOML_DO_NOT_TRACK: 'true',
      RAY_USAGE_STATS_ENABLED: '0',
      PYTHONWARNINGS: 'ignore',
    },
  });
  const at = `http://127.0.0.1:${port}`;
  const found = server(side, { url: `${at}${peer.at}`, peer, model, folder });
  try {
    if (peer.ready) await side.untilAnswers(`${at}${peer.ready}`);
    await side.untilAnswers(found.url, peer.body(model.rows.slice(0, 1)));
    return found;
  } catch (error) {
    await found.stop();
    throw error;
  }
}

/**
 * Starts Modelport as `npm start` runs it after its preparation, in its default configuration but for ports and the
 * folder of its data; uploads the model and deploys it with defaults.
 * @param file of the model's folder that is uploaded
 * @param root the checkout that is measured
 * @param node a copy of its Node binary: pages shared with other Node processes would make it look smaller than it is
 */
export async function startModelport(model, { root, node, logs, file = 'model.pkl' }) {
  const folder = temporary();
  const base = await freePort();
  const first = await startProcess({ root, node, logs, folder, base });
  try {
    const form = new FormData();
    form.set('model_id', 'model');
    form.set('file', new Blob([fs.readFileSync(path.join(model.folder, file))]), file);
    await succeed(fetch(`${first.at}/upload_model`, { method: 'POST', body: form }));
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify({ model_id: 'model' }) };
    await succeed(fetch(`${first.at}/deploy`, init));
  } finally {
    await first.side.stop();
  }
  // A second start, with the model deployed: its first answer is what the peers' starts are compared with.
  const { side } = await startProcess({ root, node, logs, folder, base });
  const found = server(side, { url: `http://127.0.0.1:${base + 2}/infer`, peer: MODELPORT, model, folder });
  await side.untilAnswers(found.url, MODELPORT.body(model.rows.slice(0, 1)));
  return found;
}

async function startProcess({ root, node, logs, folder, base }) {
  const side = new Side({
    command: [node, ...startArguments(root)],
    cwd: root,
    log: path.join(logs, 'modelport.log'),
    env: { ...startEnvironment(root), ...benchSettings({ port: base, dataDir: folder }) },
  });
  const at = `http://127.0.0.1:${base}`;
  await side.untilAnswers(`${at}/health`);
  return { side, at };
}

async function succeed(request) {
  const response = await request;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`);
}

/** Starts bare node:http, under the same flags of V8; it reads the same JSON and answers one of about the same size. */
export const startFloor = (where) => startScript('floor', '../floor.mjs', where);

/** Starts what answers bytes that are ready and reads nothing: as much as a server in Node can be asked for at all. */
export const startCeiling = (where) => startScript('ceiling', '../null-server.mjs', where);

async function startScript(name, script, { root, logs }) {
  const log = path.join(logs, `${name}.log`);
  const node = path.join(root, 'node_modules/.bin/node');
  const side = new Side({ command: [node, ...startFlags(root), path.join(HERE, script)], cwd: root, log });
  while (!/^\d+\n/.test(fs.readFileSync(log, 'utf8'))) {
    if (side.child.exitCode !== null) throw new Error(`the ${name} ended at once`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const url = `http://127.0.0.1:${fs.readFileSync(log, 'utf8').trim()}/`;
  return { side, url, body: MODELPORT.body, stop: () => side.stop() };
}
