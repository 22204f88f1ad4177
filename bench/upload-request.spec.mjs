/* global describe, it, expect, afterEach, Response */
import * as http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { sendOnce } from './http-connection.mjs';
import { UploadRequest } from './upload-request.mjs';

let server;

async function serve(answer) {
  server = http.createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('an upload that is sent again under other ids', () => {
  it('is a form with the id and the file', async () => {
    const received = [];
    const url = await serve(async (req, res) => {
      const form = await new Response(await buffer(req), { headers: req.headers }).formData();
      received.push([req.url, form.get('model_id'), form.get('file').name, await form.get('file').text()]);
      res.writeHead(201, { 'content-length': 2 }).end('{}');
    });
    const upload = new UploadRequest(url, Buffer.from('bytes of a model'), 'large.onnx');
    for (const number of [1, 234567]) await sendOnce(url, upload.numbered(number));
    expect(received).toEqual([
      ['/upload_model', 'large_000001', 'large.onnx', 'bytes of a model'],
      ['/upload_model', 'large_234567', 'large.onnx', 'bytes of a model'],
    ]);
  });

  it('fails when it is refused, or not answered', async () => {
    const url = await serve((req, res) => {
      if (req.url === '/gone') return req.socket.destroy();
      res.writeHead(422, { 'content-length': 0 }).end();
    });
    const upload = new UploadRequest(url, Buffer.from('x'), 'm.onnx').numbered(1);
    await expect(sendOnce(url, upload)).rejects.toThrow('answered 422');
    await expect(sendOnce(url, Buffer.from('GET /gone HTTP/1.1\r\nHost: a\r\n\r\n'))).rejects.toThrow(
      'answered nothing',
    );
  });
});
