import { setTimeout as sleep } from 'node:timers/promises';

const ADDRESS = 'http://127.0.0.1:9229/json';
/** Names of these are their contents. */
const BY_TYPE = new Set(['string', 'concatenated string', 'sliced string', 'code', 'number', 'regexp']);

/** The inside of a server, over the inspector that SIGUSR1 opens. https://chromedevtools.github.io/devtools-protocol/v8/ */
export class Inspector {
  #last = 0;
  #waiting = new Map();
  #chunks = [];

  static async open(pid) {
    process.kill(pid, 'SIGUSR1');
    for (let i = 0; i < 100; i++, await sleep(100)) {
      const reply = await fetch(ADDRESS).catch(() => null);
      if (!reply) continue;
      const [{ webSocketDebuggerUrl }] = await reply.json();
      const inspector = new Inspector();
      inspector.socket = new globalThis.WebSocket(webSocketDebuggerUrl);
      await new Promise((resolve) => (inspector.socket.onopen = resolve));
      inspector.socket.onmessage = ({ data }) => inspector.#hear(JSON.parse(data));
      return inspector;
    }
    throw new Error(`no inspector at ${ADDRESS}`);
  }

  #hear({ id, method, params, result }) {
    if (method === 'HeapProfiler.addHeapSnapshotChunk') this.#chunks.push(params.chunk);
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }

  #send(method, params = {}) {
    return new Promise((resolve) => {
      this.#waiting.set(++this.#last, resolve);
      this.socket.send(JSON.stringify({ id: this.#last, method, params }));
    });
  }

  /** Objects and bytes of the heap by class, once it has been collected. */
  async classes() {
    await this.#send('HeapProfiler.enable');
    await this.#send('HeapProfiler.collectGarbage');
    this.#chunks = [];
    await this.#send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    const { snapshot, nodes, strings } = JSON.parse(this.#chunks.join(''));
    const [types] = snapshot.meta.node_types;
    const classes = new Map();
    for (let i = 0; i < nodes.length; i += snapshot.meta.node_fields.length) {
      const type = types[nodes[i]];
      const name = BY_TYPE.has(type) ? type : `${type} ${strings[nodes[i + 1]].slice(0, 60)}`;
      const { count, bytes } = classes.get(name) ?? { count: 0, bytes: 0 };
      classes.set(name, { count: count + 1, bytes: bytes + nodes[i + 3] });
    }
    return classes;
  }

  close() {
    this.socket.close();
  }
}
