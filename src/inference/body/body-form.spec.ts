import fc from 'fast-check';
import { AppError } from '../../common/errors';
import { FEATURES, FEATURES_AS_BINARY, RAW, RAW_AS_BINARY } from '../protocol';
import { type BodyForm, bodyFormOf, isOctets } from './body-form';

const OCTETS = 'application/octet-stream';
const formOf = (headers: Record<string, string>): BodyForm => bodyFormOf({ headers });

function refusalOf(headers: Record<string, string>): AppError {
  try {
    formOf(headers);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`taken: ${JSON.stringify(headers)}`);
}

describe('bodyFormOf', () => {
  test.each([
    [{}, FEATURES],
    [{ 'content-type': '' }, FEATURES],
    [{ 'content-type': 'application/json' }, FEATURES],
    [{ 'content-type': 'Application/JSON; charset=utf-8' }, FEATURES],
    [{ 'content-type': 'application/json', accept: OCTETS }, FEATURES_AS_BINARY],
    [{ accept: OCTETS }, FEATURES_AS_BINARY],
    [{ 'content-type': OCTETS }, RAW],
    [{ 'content-type': 'APPLICATION/Octet-Stream' }, RAW],
    [{ 'content-type': OCTETS, accept: '*/*' }, RAW],
    [{ 'content-type': OCTETS, accept: OCTETS }, RAW_AS_BINARY],
    [{ 'content-type': OCTETS, 'inference-header-content-length': '0' }, RAW],
  ])('%j', (headers, kind) => {
    expect(formOf(headers)).toEqual({ kind, datatype: null });
  });

  test.each([
    [OCTETS, true],
    [`application/json, ${OCTETS}`, true],
    [`${OCTETS};q=0.1, application/json`, true],
    ['Application/OCTET-Stream', true],
    [`${OCTETS};q=0`, false],
    [`${OCTETS}; Q = 0.000 , */*`, false],
    ['*/*', false],
    ['application/*', false],
    ['application/json', false],
    [`${OCTETS}-of-mine`, false],
    [`text/plain;note="${OCTETS}"`, false],
  ])('a client that accepts %s gets binary tensors: %s', (accept, binary) => {
    expect(formOf({ accept }).kind).toBe(binary ? FEATURES_AS_BINARY : FEATURES);
    expect(formOf({ accept, 'content-type': OCTETS }).kind).toBe(binary ? RAW_AS_BINARY : RAW);
  });

  test.each([
    ['fp32', 'FP32'],
    ['FP64', 'FP64'],
    ['"int64"', 'INT64'],
    [' uint8 ', 'UINT8'],
    ['bool', 'BOOL'],
  ])('dtype=%s is %s', (dtype, datatype) => {
    expect(formOf({ 'content-type': `${OCTETS}; charset=x; DType=${dtype}` })).toEqual({ kind: RAW, datatype });
  });

  test.each(['fp16', 'bytes', 'float64', '', '"', '__proto__'])(
    'refuses dtype=%s and names those there are',
    (dtype) => {
      const refusal = refusalOf({ 'content-type': `${OCTETS};dtype=${dtype}` });
      expect(refusal.code).toBe('unsupported_media_type');
      expect(refusal.message).toContain('fp32, fp64, int64');
    },
  );

  test('shows no more than the beginning of a long dtype', () => {
    expect(refusalOf({ 'content-type': `${OCTETS};dtype=${'x'.repeat(5000)}` }).message.length).toBeLessThan(200);
  });

  test.each(['text/csv', 'application/x-www-form-urlencoded', 'application/octet', 'application/octet-stream-2'])(
    'refuses the content type %j',
    (type) => {
      const refusal = refusalOf({ 'content-type': type });
      expect(refusal.code).toBe('unsupported_media_type');
      expect(refusal.message).toContain(`application/json or ${OCTETS}`);
    },
  );

  test.each(['1', '-1', '00', 'x', ''])('refuses a header of %j bytes of JSON before raw rows', (length) => {
    const refusal = refusalOf({ 'content-type': OCTETS, 'inference-header-content-length': length });
    expect(refusal.code).toBe('bad_request');
  });

  test('whatever the headers are, it finds a form or refuses with an error of the table', () => {
    const piece = fc.constantFrom(OCTETS, 'application/json', ';', ',', 'q=0', 'dtype=', 'fp32', '"', '=', ' ', '*/*');
    const header = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(header, header, (type, accept) => {
        const headers = { 'content-type': type, accept };
        try {
          const { kind, datatype } = formOf(headers);
          const raw = kind === RAW || kind === RAW_AS_BINARY;
          expect(raw).toBe(isOctets(type));
          if (!raw) expect(datatype).toBeNull();
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toBe('unsupported_media_type');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isOctets', () => {
  test.each([
    [OCTETS, true],
    [` ${OCTETS.toUpperCase()} ;dtype=fp32`, true],
    ['application/json', false],
    [`text/plain;${OCTETS}`, false],
    ['', false],
  ])('%j: %s', (type, octets) => {
    expect(isOctets(type)).toBe(octets);
  });
});
