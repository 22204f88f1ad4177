import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { send, type Reply } from './http-client';

export interface Part {
  name: string;
  value: string | Buffer;
  /** Makes it a file part. */
  filename?: string;
}

/** A `multipart/form-data` body (RFC 7578) of exactly these parts, in this order: repeated and unknown ones included. */
export function multipart(parts: Part[]): { body: Buffer; contentType: string } {
  const boundary = `----test${randomBytes(12).toString('hex')}`;
  const chunks = parts.flatMap((part) => {
    const file = part.filename === undefined ? '' : `; filename="${part.filename}"`;
    const type = part.filename === undefined ? '' : 'Content-Type: application/octet-stream\r\n';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"${file}\r\n${type}\r\n`;
    return [Buffer.from(head), Buffer.from(part.value), Buffer.from('\r\n')];
  });
  const body = Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

export function filePart(content: Buffer | string, filename = 'model.pkl'): Part {
  return { name: 'file', value: content, filename };
}

export function uploadParts(url: string, parts: Part[]): Promise<Reply> {
  const { body, contentType } = multipart(parts);
  return send(`${url}/upload_model`, {
    method: 'POST',
    body,
    headers: { 'content-type': contentType },
    timeoutMs: 120_000,
  });
}

export function upload(
  url: string,
  modelId: string,
  file: Buffer,
  fields: Record<string, string> = {},
): Promise<Reply> {
  const texts = Object.entries(fields).map(([name, value]) => ({ name, value }));
  return uploadParts(url, [{ name: 'model_id', value: modelId }, ...texts, filePart(file)]);
}

/** Announces the whole upload, sends half of it and cuts the connection. */
export function uploadCutHalfWay(url: string, modelId: string, file: Buffer): Promise<void> {
  const { body, contentType } = multipart([{ name: 'model_id', value: modelId }, filePart(file)]);
  const { hostname, port, host } = new URL(url);
  const head = `POST /upload_model HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(head);
      socket.write(body.subarray(0, Math.floor(body.length / 2)), () => socket.destroy());
    });
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
}
