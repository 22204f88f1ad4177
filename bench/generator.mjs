import process from 'node:process';
import { setImmediate } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Arrivals, summarize } from './arrivals.mjs';
import { HttpConnection, requestBytes } from './http-connection.mjs';

/** How long the generator sleeps at most between two looks at the clock: the error of every time it tells. */
const PAUSE_MS = 0.1;
/** A timer is this late at most when nothing else goes on; a gap between requests that is longer is left to one. */
const TIMER_MS = 2;
const DRAIN_MS = 5_000;

/** Sends requests at a constant rate, or as fast as replies come, over a pool of keep-alive connections. */
export class Generator {
  /**
   * @param connections opened before the first request; at most `maxConnections` when all are waiting for replies
   * @param drainMs how long the last replies are waited for
   */
  constructor({ connections = 64, maxConnections = 1024, drainMs = DRAIN_MS, ...target }) {
    const { hostname, port } = new URL(target.url);
    this.address = { host: hostname, port: Number(port) };
    this.request = requestBytes(target);
    this.initial = connections;
    this.max = maxConnections;
    this.drainMs = drainMs;
    this.open = new Set();
    this.free = [];
    this.waiting = [];
    this.onReply = () => {};
  }

  /** Constant arrival rate. @returns {Promise<object>} what {@link summarize} tells, and the generator's own cost */
  async openLoop(task) {
    const { arrivals, generatorShare } = await this.stretch(task);
    this.close();
    return { ...summarize([arrivals]), connections: this.mostOpen, generatorShare };
  }

  /** One stretch of a constant rate, until what was sent is answered. The connections stay for the next. */
  async stretch({ rate, seconds, warmUpSeconds }) {
    const arrivals = new Arrivals({ rate, seconds, warmUpSeconds });
    let pending = 0;
    await this.connect();
    this.onReply = (index, status) => {
      arrivals.done(index, status, performance.now());
      pending--;
    };
    const cpu = process.cpuUsage();
    arrivals.start(performance.now() + 1);
    await this.pace(arrivals, () => pending++);
    const own = this.cost(cpu, arrivals.startedAt);
    const until = performance.now() + this.drainMs;
    while (pending > 0 && performance.now() < until) await sleep(1);
    // What is answered later than that must not be taken for an answer of the next stretch.
    if (pending > 0) this.close();
    return { arrivals, ...own };
  }

  /** Every connection sends its next request when the answer to the last has come. */
  async closedLoop({ seconds, warmUpSeconds = 0 }) {
    let answered = 0;
    let refused = 0;
    await this.connect();
    const from = performance.now() + warmUpSeconds * 1000;
    const until = from + seconds * 1000;
    let cpu = process.cpuUsage();
    setTimeout(() => (cpu = process.cpuUsage()), warmUpSeconds * 1000);
    await new Promise((resolve) => {
      let under = this.free.length;
      this.onReply = (_index, status) => {
        const now = performance.now();
        if (now >= from && now < until) status === 200 ? answered++ : refused++;
        if (now < until) this.send(0);
        else if (--under === 0) resolve();
      };
      for (let i = under; i > 0; i--) this.send(0);
    });
    const own = this.cost(cpu, from);
    this.close();
    return { okPerSecond: answered / seconds, refused, ...own };
  }

  async connect() {
    const missing = Math.max(0, this.initial - this.open.size);
    const connections = Array.from({ length: missing }, () => this.add());
    await Promise.all(connections.map((connection) => connection.ready()));
    this.free.push(...connections);
    this.mostOpen = this.open.size;
  }

  add() {
    const connection = new HttpConnection(this.address, this.replied, this.ended);
    this.open.add(connection);
    this.mostOpen = Math.max(this.mostOpen ?? 0, this.open.size);
    return connection;
  }

  /**
   * Looks at the clock, sends what is due, lets replies in, sleeps a tenth of a millisecond: not a core of its own. At a
   * low rate it sleeps until shortly before the next is due: thousands of looks a second would keep the server waiting.
   */
  pace(arrivals, onSend) {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    let next = 0;
    return new Promise((resolve) => {
      const step = () => {
        let now = performance.now();
        for (; next < arrivals.count && arrivals.dueAt(next) <= now; next++) {
          onSend();
          this.send(next);
          now = performance.now();
          arrivals.sent(next, now);
        }
        if (next >= arrivals.count) return resolve();
        const gapMs = arrivals.dueAt(next) - now;
        if (gapMs > TIMER_MS) return setTimeout(step, gapMs - TIMER_MS / 2);
        const waitMs = Math.min(PAUSE_MS, gapMs);
        if (waitMs > 0.01) Atomics.wait(pause, 0, 0, waitMs);
        setImmediate(step);
      };
      step();
    });
  }

  send(index) {
    const connection = this.free.pop() ?? (this.open.size < this.max ? this.add() : null);
    if (connection) connection.send(this.request, index);
    else this.waiting.push(index);
  }

  replied = (connection, status) => {
    const { current } = connection;
    connection.current = -1;
    const waiting = this.waiting.shift();
    if (waiting === undefined) this.free.push(connection);
    else connection.send(this.request, waiting);
    this.onReply(current, status);
  };

  ended = (connection) => {
    this.open.delete(connection);
    const at = this.free.indexOf(connection);
    if (at >= 0) this.free.splice(at, 1);
    if (connection.current >= 0) this.onReply(connection.current, 0);
  };

  close() {
    this.onReply = () => {};
    for (const connection of this.open) {
      connection.current = -1;
      connection.close();
    }
    this.open.clear();
    this.free = [];
    this.waiting = [];
  }

  /** Share of one core that the generator took: near 1 it is the generator that is measured. */
  cost(before, startedAt) {
    const { user, system } = process.cpuUsage(before);
    return { generatorShare: (user + system) / 1000 / (performance.now() - startedAt) };
  }
}
