/** How far the import thread is. */
export interface ImportStep {
  stage: 'reading' | 'compiling';
  /** Of the stage, 0 to 1. */
  share: number;
}

/** Told by what reads and compiles a file, at each step that can take seconds. */
export type ReportStep = (step: ImportStep) => void;

const REACHED = 0;
const AT = 1;

/**
 * How far an import is, in memory that its thread and the server share: the thread writes a few times and nobody has to
 * wait for it or to be told, whoever asks reads. The number is 0 to 1 while reading and 1 to 2 while compiling.
 */
export class ImportGauge {
  private readonly cells: Float64Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)) {
    this.cells = new Float64Array(memory);
  }

  write({ stage, share }: ImportStep): void {
    this.cells[AT] = Date.now();
    this.cells[REACHED] = (stage === 'compiling' ? 1 : 0) + share;
  }

  /** The step that was written last, and when (ms since 1970); null before the first. */
  read(): (ImportStep & { at: number }) | null {
    const reached = this.cells[REACHED]!;
    const at = this.cells[AT]!;
    if (at === 0) return null;
    return reached < 1 ? { stage: 'reading', share: reached, at } : { stage: 'compiling', share: reached - 1, at };
  }
}
