import { requestBytes } from './http-connection.mjs';

const BOUNDARY = 'modelport-bench-boundary';
/** Ids of one length, so that one takes the place of another. */
const ID_DIGITS = 6;
const NO_ID = '#'.repeat(ID_DIGITS);

/**
 * An upload whose bytes are ready: made once, and sent again under other ids of the model. To build 50 MB anew for each
 * upload takes a third of a core, which on two cores would be told as the server's delay.
 * RFC 7578
 */
export class UploadRequest {
  /**
   * @param server address of the main server
   * @param file bytes of the model
   * @param name of the file; the model's ids begin with it
   */
  constructor(server, file, name) {
    const body = Buffer.concat([
      part('model_id', '', `${idOf(name)}${NO_ID}`),
      part('file', `; filename="${name}"`, file),
      Buffer.from(`--${BOUNDARY}--\r\n`),
    ]);
    const type = `multipart/form-data; boundary=${BOUNDARY}`;
    this.bytes = requestBytes({ url: `${server}/upload_model`, type, body });
    this.at = this.bytes.indexOf(NO_ID);
  }

  /** The bytes of the request under another id: the same buffer each time, so that only one can be on its way. */
  numbered(number) {
    this.bytes.write(String(number).padStart(ID_DIGITS, '0'), this.at, 'latin1');
    return this.bytes;
  }
}

function idOf(name) {
  return `${name.replace(/\W.*/, '')}_`;
}

function part(name, more, content) {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')]);
}
