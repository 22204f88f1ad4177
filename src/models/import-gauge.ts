/** What threads do to an upload, in this order. */
const STAGES = ['reading', 'compiling', 'proving'] as const;

/** How far an import or a trial is. */
export interface ImportStep {
  stage: (typeof STAGES)[number];
  /** Of the stage, 0 to 1. */
  share: number;
}

/** Told by what reads and compiles a file, at each step that can take seconds. */
export type ReportStep = (step: ImportStep) => void;

const REACHED = 0;
const AT = 1;
const MOST_OF_A_STAGE = 0.999;

/**
 * How far an import is, in memory that its threads and the server share: they write a few times and nobody has to
 * wait for it or to be told, whoever asks reads. The number is the place of the stage plus the share of it that is done.
 */
export class ImportGauge {
  private readonly cells: Float64Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)) {
    this.cells = new Float64Array(memory);
  }

  write({ stage, share }: ImportStep): void {
    this.cells[AT] = Date.now();
    this.cells[REACHED] = STAGES.indexOf(stage) + Math.min(share, MOST_OF_A_STAGE);
  }

  /** The step that was written last, and when (ms since 1970); null before the first. */
  read(): (ImportStep & { at: number }) | null {
    const reached = this.cells[REACHED]!;
    const at = this.cells[AT]!;
    if (at === 0) return null;
    const place = Math.min(STAGES.length - 1, Math.floor(reached));
    return { stage: STAGES[place]!, share: reached - place, at };
  }
}
