import { AppError } from '../../../common/errors';
import { type ByteReader, corruptPickle } from './byte-reader';
import { isDangerousName } from './dangerous';
import { type Budget, overLimit } from './limits';
import { Opcode } from './opcodes';
import { PyGlobal, type PyValue } from './records';

const MAX_NAME_CHARS = 512;

/** What one opcode does to the machine. */
export type Instruction = (machine: Machine) => void;

/** What a pickle and the pickles nested in it have in common. */
export class PickleContext {
  /** How often each name was asked for, by dotted path. */
  readonly globals = new Map<string, number>();
  /** The names asked for that no model needs, and where. */
  readonly dangerous = new Map<PyGlobal, number>();
  /** Arrays of joblib found in the stream. */
  inlineArrays = 0;
  /** The highest protocol announced. */
  protocol = 0;
  private readonly known = new Map<string, PyGlobal>();

  constructor(readonly budget: Budget) {}

  /** The record of a name; nothing is looked up. */
  global(module: string, name: string, offset: number): PyGlobal {
    if (module.length > MAX_NAME_CHARS || name.length > MAX_NAME_CHARS || module === '' || name === '') {
      throw corruptPickle(offset, 'the name of a class is empty or longer than any in Python');
    }
    const key = `${module}\n${name}`;
    let global = this.known.get(key);
    if (!global) {
      this.budget.spendObjects(2, offset);
      global = new PyGlobal(module, name);
      this.known.set(key, global);
      if (isDangerousName(module, name)) this.dangerous.set(global, offset);
    }
    this.globals.set(global.path, (this.globals.get(global.path) ?? 0) + 1);
    return global;
  }
}

/**
 * The stack machine that pickles are written for, with no way to call anything: what Python would import and call
 * becomes records. Instructions work on it through the methods here, which keep the budgets.
 */
export class Machine {
  /** Where the instruction at work starts. */
  offset = 0;
  private readonly stack: PyValue[] = [];
  /** Heights of the stack at which a MARK stands. */
  private readonly marks: number[] = [];
  /** Entries 0, 1, 2 ... as every pickler numbers them; those of a file that leaves some out are in {@link farMemo}. */
  private readonly memo: PyValue[] = [];
  private readonly farMemo = new Map<number, PyValue>();

  constructor(
    readonly source: ByteReader,
    readonly context: PickleContext,
    /** Whether raw arrays of joblib may follow their wrapper: not so in the pickles nested within such a file. */
    readonly joblib: boolean,
    /** By opcode. */
    private readonly instructions: readonly (Instruction | undefined)[],
  ) {}

  /**
   * Runs to STOP and returns the value on top.
   * @throws AppError `model_corrupt`, `model_unsafe`, `model_unsupported` or `import_limit`, with the byte offset.
   */
  run(): PyValue {
    const { source, context } = this;
    for (;;) {
      this.offset = source.position;
      context.budget.spendOperations(1, this.offset);
      const opcode = source.uint8();
      if (opcode === Opcode.STOP) return this.pop();
      const instruction = this.instructions[opcode];
      if (!instruction) throw this.corrupt(`0x${opcode.toString(16).padStart(2, '0')} is no pickle instruction`);
      instruction(this);
    }
  }

  /** Runs a pickle of its own that stands next in the stream; arrays of joblib cannot be within it. */
  runNested(): PyValue {
    return new Machine(this.source, this.context, false, this.instructions).run();
  }

  push(value: PyValue): void {
    if (this.stack.length >= this.context.budget.limits.maxStack) {
      throw overLimit('values on the stack', this.context.budget.limits.maxStack, this.offset);
    }
    this.stack.push(value);
  }

  /** Pushes a value that takes room on the heap. */
  pushNew(value: PyValue): void {
    this.context.budget.spendObjects(1, this.offset);
    this.push(value);
  }

  pop(): PyValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  top(): PyValue {
    const value = this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.at(-1) : undefined;
    if (value === undefined) throw this.corrupt('an instruction needs a value and the stack has none');
    return value;
  }

  /** POP drops a mark when nothing stands above it. */
  drop(): void {
    const mark = this.marks.at(-1);
    if (mark !== undefined && mark === this.stack.length) this.marks.pop();
    else this.pop();
  }

  mark(): void {
    if (this.marks.length >= this.context.budget.limits.maxStack) {
      throw overLimit('open marks', this.context.budget.limits.maxStack, this.offset);
    }
    this.marks.push(this.stack.length);
  }

  /** The values above the last mark, which is dropped. */
  popMark(): PyValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.corrupt('an instruction needs a mark and none was set');
    return this.stack.splice(mark);
  }

  put(index: number): void {
    const value = this.top();
    if (index < this.memo.length) {
      this.memo[index] = value;
      return;
    }
    const size = this.memo.length + this.farMemo.size;
    if (size >= this.context.budget.limits.maxMemo && !this.farMemo.has(index)) {
      throw overLimit('memo entries', this.context.budget.limits.maxMemo, this.offset);
    }
    if (index === this.memo.length && this.farMemo.size === 0) this.memo.push(value);
    else this.farMemo.set(index, value);
  }

  /** Stores under the number of entries there are, as Python does. */
  memoize(): void {
    this.put(this.memo.length + this.farMemo.size);
  }

  get(index: number): void {
    const value = index < this.memo.length ? this.memo[index] : this.farMemo.get(index);
    if (value === undefined) throw this.corrupt(`it takes value ${index} from the memo, where there is none`);
    this.push(value);
  }

  corrupt(found: string): AppError {
    return corruptPickle(this.offset, found);
  }

  unsupported(sentence: string): AppError {
    return new AppError('model_unsupported', `${sentence} (at byte ${this.offset})`);
  }
}
