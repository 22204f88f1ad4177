import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../common/errors';
import { noteLargeBody } from '../common/http/body-memory';
import { ClientGone } from '../common/http/read-body';
import { storageError } from '../common/storage-error';
import type { UploadProgress } from './upload-progress';

/** Text parts beside `file`; anything else is refused by name. */
const TEXT_PARTS = ['model_id', 'input_schema', 'description', 'labels'] as const;
type TextPart = (typeof TEXT_PARTS)[number];

/** Multipart framing and text parts come on top of the file; a body announced beyond that cannot fit. */
const FRAMING_BYTES = 2_000_000;
/** Of a model's id that is shown before it is checked. */
const MAX_SHOWN_ID = 128;
const MAX_TEXT_PART_BYTES = 1_000_000;

export interface ReceivedUpload {
  parts: Partial<Record<TextPart, string>>;
  path: string;
  sha256: string;
  sizeBytes: number;
}

export interface UploadLimits {
  maxBytes: number;
  /** Longest silence of the client, in ms. */
  timeoutMs: number;
}

/**
 * Streams a multipart upload into `directory`, hashing on the way; the whole file is never in memory.
 * The caller removes the directory when this throws.
 *
 * @throws AppError body_too_large, body_timeout, unsupported_media_type, insufficient_storage, or bad_request for a
 *   part that is missing, repeated or unknown, and for a body that ends early
 */
export async function receiveUpload(
  req: IncomingMessage,
  directory: string,
  limits: UploadLimits,
  progress?: Pick<UploadProgress, 'received' | 'named'>,
): Promise<ReceivedUpload> {
  const contentType = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new AppError(
      'unsupported_media_type',
      `expected multipart/form-data with a boundary, found ${contentType.slice(0, 80) || 'no content type'}`,
    );
  }
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new AppError(
      'unsupported_media_type',
      `An upload has no content encoding; found ${JSON.stringify(encoding.slice(0, 80))}`,
    );
  }
  if (Number(req.headers['content-length'] ?? 0) > limits.maxBytes + FRAMING_BYTES) throw tooLarge(limits.maxBytes);
  const parser = new PartCollector(req, join(directory, 'original'), limits, progress);
  return parser.collect();
}

/** Collects the parts of one request; the first thing that goes wrong ends it. */
class PartCollector {
  private readonly parts: ReceivedUpload['parts'] = {};
  private file: Promise<{ sha256: string; sizeBytes: number }> | null = null;
  private stream: Readable | null = null;
  private fail: (error: unknown) => void = () => undefined;

  constructor(
    private readonly req: IncomingMessage,
    private readonly path: string,
    private readonly limits: UploadLimits,
    private readonly progress?: Pick<UploadProgress, 'received' | 'named'>,
  ) {}

  async collect(): Promise<ReceivedUpload> {
    const busboy = this.openParser();
    let stall: NodeJS.Timeout | undefined;
    const onData = (chunk: Buffer) => {
      stall?.refresh();
      this.progress?.received(chunk.length);
      noteLargeBody(chunk.length);
    };
    try {
      await new Promise<void>((resolve, reject) => {
        this.fail = reject;
        stall = setTimeout(
          () =>
            reject(new AppError('body_timeout', `no byte of the upload arrived for ${this.limits.timeoutMs / 1000} s`)),
          this.limits.timeoutMs,
        );
        this.req.on('data', onData);
        this.req.once('close', () => {
          if (!this.req.complete) reject(new ClientGone());
        });
        busboy.on('field', (name, value, _nameTruncated, truncated) => this.onField(name, value, truncated));
        busboy.on('file', (name, stream) => this.onFile(name, stream));
        busboy.on('error', (error) => reject(malformed(error)));
        busboy.on('finish', resolve);
        this.req.pipe(busboy);
      });
      if (!this.file) throw new AppError('bad_request', 'expected a part "file" with the model, found none');
      const { sha256, sizeBytes } = await this.file;
      return { parts: this.parts, path: this.path, sha256, sizeBytes };
    } finally {
      clearTimeout(stall);
      this.req.off('data', onData);
      this.req.unpipe(busboy);
      this.stream?.destroy(); // a no-op once the file is whole
      await this.file?.catch(() => undefined); // so that nothing writes any more when the caller removes the directory
    }
  }

  private openParser(): InstanceType<typeof Busboy> {
    try {
      return new Busboy({
        headers: this.req.headers as BusboyHeaders,
        isPartAFile: (name) => name === 'file',
        limits: { fieldSize: MAX_TEXT_PART_BYTES, fields: 16, files: 2, parts: 20, fieldNameSize: 200 },
      });
    } catch (error) {
      throw malformed(error);
    }
  }

  /** @param name undefined of a part that has none */
  private onField(name: string | undefined, value: string, truncated: boolean): void {
    if (!isTextPart(name)) {
      const found = name === undefined ? 'a part has no name' : `unknown part ${JSON.stringify(name)}`;
      this.fail(new AppError('bad_request', `${found}; expected file, ${TEXT_PARTS.join(', ')}`));
    } else if (this.parts[name] !== undefined) {
      this.fail(new AppError('bad_request', `the part "${name}" came twice`));
    } else if (truncated) {
      this.fail(new AppError('body_too_large', `the part "${name}" is larger than ${MAX_TEXT_PART_BYTES} bytes`));
    } else {
      this.parts[name] = value;
      if (name === 'model_id') this.progress?.named(value.slice(0, MAX_SHOWN_ID));
    }
  }

  private onFile(name: string, stream: Readable): void {
    if (this.file) {
      stream.resume();
      this.fail(new AppError('bad_request', `the part "${name}" came twice`));
      return;
    }
    this.stream = stream;
    this.file = this.store(stream);
    this.file.catch((error: unknown) => this.fail(error));
  }

  private async store(stream: Readable): Promise<{ sha256: string; sizeBytes: number }> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const { maxBytes } = this.limits;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) return done(tooLarge(maxBytes));
        hash.update(chunk);
        done(null, chunk);
      },
    });
    this.req.once('close', () => {
      if (!this.req.complete) stream.destroy(new ClientGone());
    });
    try {
      await pipeline(stream, count, createWriteStream(this.path));
    } catch (error) {
      throw storageError(error);
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  }
}

function isTextPart(name: string | undefined): name is TextPart {
  return (TEXT_PARTS as readonly (string | undefined)[]).includes(name);
}

function malformed(error: unknown): AppError {
  const reason = error instanceof Error ? error.message.slice(0, 100) : String(error);
  return new AppError('bad_request', `expected a well-formed multipart/form-data body: ${reason}`, { cause: error });
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('body_too_large', `the upload is larger than ${maxBytes} bytes (MAX_UPLOAD)`);
}
