import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../common/errors';
import { Listener } from '../common/http/listener';
import { ClientGone } from '../common/http/read-body';
import { receiveUpload, type ReceivedUpload } from './receive-upload';

const BOUNDARY = 'frontier';

type Outcome = ReceivedUpload | Error;

let directory: string;
let listener: Listener;
let outcome: Promise<Outcome>;
let settle: (outcome: Outcome) => void;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modelport-upload-'));
  outcome = new Promise((resolve) => (settle = resolve));
  listener = await Listener.bind(
    {
      request: (req, res) => {
        receiveUpload(req, directory, { maxBytes: 100_000, timeoutMs: 300 })
          .then(settle, (error: Error) => settle(error))
          .finally(() => res.end());
      },
    },
    '127.0.0.1',
    0,
  );
});

afterEach(async () => {
  await listener.close(0);
  rmSync(directory, { recursive: true, force: true });
});

function part(name: string, content: Buffer | string, filename?: string): Buffer {
  const disposition = `Content-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}`;
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\n${disposition}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
}

function send(parts: Buffer[], headers: Record<string, string> = {}, cutAt = Infinity): Socket {
  const body = Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
  const all: Record<string, string> = {
    Host: 'test',
    'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
    'Content-Length': String(body.length),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`POST / HTTP/1.1\r\n${head.join('')}\r\n`);
  socket.write(body.subarray(0, cutAt));
  return socket;
}

describe('receiveUpload', () => {
  it('stores the file byte for byte and hashes it on the way', async () => {
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
    send([part('model_id', 'iris'), part('file', content, 'm.pkl'), part('description', 'text é')]);
    const received = (await outcome) as ReceivedUpload;
    expect(received).toMatchObject({ parts: { model_id: 'iris', description: 'text é' }, sizeBytes: 70_000 });
    expect(received.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(readFileSync(received.path).equals(content)).toBe(true);
  });

  it('takes a file part without a file name', async () => {
    send([part('file', 'abc'), part('model_id', 'm')]);
    expect(await outcome).toMatchObject({ sizeBytes: 3 });
  });

  it.each<[string, Buffer[], RegExp]>([
    ['no file', [part('model_id', 'm')], /part "file"/],
    ['an unknown part', [part('model', 'm'), part('file', 'x', 'f')], /unknown part "model"/],
    [
      'a part without a name',
      [Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n`), part('file', 'x', 'f')],
      /^a part has no name; expected file, model_id/,
    ],
    [
      'a repeated text',
      [part('model_id', 'm'), part('model_id', 'n'), part('file', 'x', 'f')],
      /"model_id" came twice/,
    ],
    ['a repeated file', [part('file', 'x', 'f'), part('file', 'y', 'g')], /"file" came twice/],
  ])('refuses %s', async (_name, parts, sentence) => {
    send(parts);
    const error = (await outcome) as AppError;
    expect(error.code).toBe('bad_request');
    expect(error.message).toMatch(sentence);
  });

  it('refuses a file above the bound, announced or not', async () => {
    send([part('file', Buffer.alloc(100_001), 'f')]);
    expect(await outcome).toMatchObject({ code: 'body_too_large' });
  });

  it('refuses an announced length above the bound before a byte has come', async () => {
    send([], { 'Content-Length': '999999999' }, 0);
    expect(await outcome).toMatchObject({ code: 'body_too_large' });
  });

  it('refuses another content type', async () => {
    send([], { 'Content-Type': 'application/json' });
    expect(await outcome).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('gives up on a client that stalls', async () => {
    const socket = send([part('file', Buffer.alloc(5000), 'f')], {}, 2000);
    expect(await outcome).toMatchObject({ code: 'body_timeout' });
    socket.destroy();
  });

  it('notices a client that leaves half way', async () => {
    const socket = send([part('file', Buffer.alloc(50_000), 'f')], {}, 20_000);
    socket.once('connect', () => socket.destroySoon());
    expect(await outcome).toBeInstanceOf(ClientGone);
  });
});
