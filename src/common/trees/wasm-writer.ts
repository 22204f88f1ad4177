/**
 * Bytes of a WebAssembly module of one function on an imported memory (WebAssembly Core Specification 2.0, section 5,
 * "Binary Format"), and the instructions that such functions are made of. Offsets are immediates of an access, in bytes.
 */
export type Code = readonly number[];

const VALUE_TYPES = { i32: 0x7f, f64: 0x7c } as const;
export type ValueType = keyof typeof VALUE_TYPES;

const VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
const EMPTY_BLOCK = 0x40;
const MEMORY = 2;

/** Instructions by their names in the specification; `load`, `store` and constants are functions of their immediates. */
export const op = {
  block: [0x02, EMPTY_BLOCK],
  loop: [0x03, EMPTY_BLOCK],
  end: [0x0b],
  branchIf: (depth: number): Code => [0x0d, ...unsigned(depth)],
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32: (value: number): Code => [0x41, ...signed(value)],
  i32Load: (offset: number): Code => [0x28, 2, ...unsigned(offset)],
  f32Load: (offset: number): Code => [0x2a, 2, ...unsigned(offset)],
  f32Store: (offset: number): Code => [0x38, 2, ...unsigned(offset)],
  f64Load: (offset: number): Code => [0x2b, 3, ...unsigned(offset)],
  f64Store: (offset: number): Code => [0x39, 3, ...unsigned(offset)],
  v128Load: (offset: number): Code => [0xfd, 0x00, 3, ...unsigned(offset)],
  v128Store: (offset: number): Code => [0xfd, 0x0b, 3, ...unsigned(offset)],
  i32Eqz: [0x45],
  i32LtU: [0x49],
  i32Add: [0x6a],
  i32And: [0x71],
  i32Or: [0x72],
  i32Xor: [0x73],
  i32Shl: [0x74],
  f64Ne: [0x62],
  f64Lt: [0x63],
  f64Le: [0x65],
  f32Add: [0x92],
  f64Add: [0xa0],
  f32DemoteF64: [0xb6],
  f64PromoteF32: [0xbb],
  f32x4Add: [0xfd, 0xe4, 0x01],
  f64x2Add: [0xfd, 0xf0, 0x01],
} as const;

interface FunctionCode {
  /** Name under which it is exported. */
  name: string;
  /** How many i32 parameters it takes; it answers nothing. */
  parameters: number;
  /** Its locals behind the parameters, in order. */
  locals: readonly { count: number; type: ValueType }[];
  /** Without its final `end`. */
  body: Code;
}

/** A module that exports the function, and imports the memory that it works on as `env.memory`. */
export function writeModule({ name, parameters, locals, body }: FunctionCode): Uint8Array<ArrayBuffer> {
  const declared = vector(locals.map(({ count, type }) => [...unsigned(count), VALUE_TYPES[type]]));
  const code = [...declared, ...body, ...op.end];
  return Uint8Array.from([
    ...VERSION,
    ...section(SECTION.type, [FUNCTION_TYPE, ...vector(new Array<Code>(parameters).fill([VALUE_TYPES.i32])), 0]),
    ...section(SECTION.import, [...text('env'), ...text('memory'), MEMORY, 0, 1]),
    ...section(SECTION.function, [0]),
    ...section(SECTION.export, [...text(name), 0, 0]),
    ...section(SECTION.code, [...unsigned(code.length), ...code]),
  ]);
}

/** A section that holds a vector of one entry. */
function section(id: number, entry: Code): Code {
  const content = [1, ...entry];
  return [id, ...unsigned(content.length), ...content];
}

function vector(entries: readonly Code[]): Code {
  return [...unsigned(entries.length), ...entries.flat()];
}

function text(value: string): Code {
  return [...unsigned(value.length), ...Buffer.from(value, 'ascii')];
}

/** LEB128 (section 5.2.2). */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

function signed(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 127;
    const done = rest >> 7 === (low & 64 ? -1 : 0);
    if (done) return [...bytes, low];
    bytes.push(low | 128);
  }
}
