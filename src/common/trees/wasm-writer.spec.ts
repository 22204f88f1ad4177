import fc from 'fast-check';
import { type Code, op, writeModule } from './wasm-writer';

/** What a function leaves in the first 64 bytes of its memory. */
function run(body: Code, parameter: number, prepare: (memory: DataView) => void): DataView {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const view = new DataView(memory.buffer);
  prepare(view);
  const bytes = writeModule({
    name: 'f',
    parameters: 1,
    locals: [{ count: 1, type: 'f64' }],
    body,
  });
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  (f as (parameter: number) => void)(parameter);
  return view;
}

/** Stores the double that code leaves on the stack. */
const store = (code: Code): Code => [...op.i32(0), ...code, ...op.f64Store(0)];

describe('writeModule', () => {
  it('writes constants and offsets of any size', () => {
    fc.assert(
      fc.property(fc.nat({ max: 65_000 }), fc.double(), (at, value) => {
        const body = [...op.i32(0), ...op.i32(0), ...op.f64Load(at), ...op.f64Store(8)];
        const found = run(body, 0, (memory) => memory.setFloat64(at, value, true));
        expect(found.getFloat64(8, true)).toBe(value);
        const constant = [...op.i32(0), ...op.i32(at - 32_000), ...op.i32(32_000), ...op.i32Add, ...op.f64Load(0)];
        const loaded = run([...constant, ...op.f64Store(8)], 0, (memory) => memory.setFloat64(at, value, true));
        expect(loaded.getFloat64(8, true)).toBe(value);
      }),
    );
  });

  it('takes parameters, branches and loops', () => {
    // Adds the double at 8 as often as the parameter says.
    const body = [
      ...[...op.block, ...op.get(0), ...op.i32Eqz, ...op.branchIf(0)],
      ...[...op.loop, ...op.get(1), ...op.i32(0), ...op.f64Load(8), ...op.f64Add, ...op.set(1)],
      ...[...op.get(0), ...op.i32(-1), ...op.i32Add, ...op.tee(0), ...op.branchIf(0), ...op.end, ...op.end],
      ...store(op.get(1)),
    ];
    for (const times of [0, 1, 5, 300]) {
      const found = run(body, times, (memory) => memory.setFloat64(8, 1.5, true));
      expect(found.getFloat64(0, true)).toBe(times * 1.5);
    }
  });

  it('rounds to float32 and back', () => {
    const body = store([...op.i32(0), ...op.f64Load(8), ...op.f32DemoteF64, ...op.f64PromoteF32]);
    expect(run(body, 0, (memory) => memory.setFloat64(8, 0.1, true)).getFloat64(0, true)).toBe(Math.fround(0.1));
  });
});
