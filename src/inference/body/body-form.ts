import type { IncomingMessage } from 'node:http';
import { AppError } from '../../common/errors';
import { assertJsonType } from '../../common/http/json-type';
import type { Datatype } from '../../common/signature';
import { type EntryKind, FEATURES, FEATURES_AS_BINARY, RAW, RAW_AS_BINARY } from '../protocol';

const OCTETS = 'application/octet-stream';
const ACCEPTED = `application/json or ${OCTETS}`;

/** Datatypes that raw rows may have; half-precision numbers and texts are no rows of numbers here. */
const RAW_DATATYPES: readonly Datatype[] = [
  'FP32',
  'FP64',
  'INT64',
  'INT32',
  'INT16',
  'INT8',
  'UINT64',
  'UINT32',
  'UINT16',
  'UINT8',
  'BOOL',
];

/** How the body of a prediction is read and answered. */
export interface BodyForm {
  kind: EntryKind;
  /** Datatype of raw rows; null where the request leaves it to the model. */
  datatype: Datatype | null;
}

const JSON_FORM: BodyForm = { kind: FEATURES, datatype: null };

/**
 * The form that the head of a prediction asks for: `application/octet-stream`, with the datatype as its parameter
 * `dtype`, for raw rows, otherwise JSON; answered in binary tensors to who accepts `application/octet-stream`.
 * @throws AppError unsupported_media_type for any other type or dtype; bad_request for a header of JSON before the rows
 */
export function bodyFormOf({ headers }: Pick<IncomingMessage, 'headers'>): BodyForm {
  const { accept, 'content-type': type } = headers;
  const raw = type !== undefined && type !== 'application/json' && isOctets(type);
  const binary = accept !== undefined && /octet-stream/i.test(accept) && acceptsOctets(accept);
  if (!raw) {
    assertJsonType({ headers }, ACCEPTED);
    return binary ? { kind: FEATURES_AS_BINARY, datatype: null } : JSON_FORM;
  }
  const header = headers['inference-header-content-length'];
  if (header !== undefined && header !== '0') {
    throw new AppError('bad_request', 'Expected rows alone, found an Inference-Header-Content-Length other than 0');
  }
  return { kind: binary ? RAW_AS_BINARY : RAW, datatype: datatypeOf(type) };
}

/** Whether a content type says that the body is nothing but bytes. */
export function isOctets(type: string): boolean {
  return type === OCTETS || type.split(';', 1)[0]?.trim().toLowerCase() === OCTETS;
}

function datatypeOf(type: string): Datatype | null {
  for (const parameter of type.split(';').slice(1)) {
    const [name = '', value = ''] = parameter.split('=', 2);
    if (name.trim().toLowerCase() !== 'dtype') continue;
    const asked = value.trim().replace(/^"(.*)"$/, '$1');
    const known = RAW_DATATYPES.find((datatype) => datatype === asked.toUpperCase());
    if (known) return known;
    const list = RAW_DATATYPES.map((datatype) => datatype.toLowerCase()).join(', ');
    throw new AppError(
      'unsupported_media_type',
      `dtype must be one of ${list}; found ${JSON.stringify(asked.slice(0, 40))}`,
    );
  }
  return null;
}

/** Whether a client names the type with a weight above 0 (RFC 9110, section 12.5.1); what it only tolerates is no wish. */
function acceptsOctets(accept: string): boolean {
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.toLowerCase().split(';');
    if (type.trim() !== OCTETS) return false;
    return !parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0*)?\s*$/.test(parameter));
  });
}
