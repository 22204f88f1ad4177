// One closed-loop load by autocannon, in a process of its own: it takes a core, which is not to be that of who measures.
// Expects a task as JSON and prints one line of JSON: how much was answered, how fast, and how many requests failed.
// autocannon's own percentiles are whole milliseconds; here they are made of the latency of each answer.
import * as fs from 'node:fs';
import process from 'node:process';
import autocannon from 'autocannon';

const { url, bodyFile, type, accept, connections, seconds } = JSON.parse(process.argv[2]);
const headers = { 'content-type': type, accept };
const load = { method: 'POST', headers, body: fs.readFileSync(bodyFile), connections, duration: seconds, timeout: 30 };
const latenciesMs = [];
const running = autocannon({ url, ...load });
running.on('response', (client, status, bytes, ms) => latenciesMs.push(ms));
const { duration, errors, non2xx } = await running;
latenciesMs.sort((a, b) => a - b);
const at = (share) => latenciesMs[Math.max(0, Math.ceil(share * latenciesMs.length) - 1)];
const count = latenciesMs.length;
const result = { count, perSecond: count / duration, p50Ms: at(0.5), p99Ms: at(0.99), failed: errors + non2xx };
process.stdout.write(`${JSON.stringify(result)}\n`);
