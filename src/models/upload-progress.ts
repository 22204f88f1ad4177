import { AppError, type ErrorCode } from '../common/errors';
import { ClientGone } from '../common/http/read-body';
import { ImportGauge } from './import-gauge';

/** What happens to an upload, in this order; each ends as `done` or `failed`. */
export type UploadStage = 'receiving' | 'reading' | 'compiling' | 'proving' | 'storing' | 'done' | 'failed';

/**
 * Share of the whole at which each stage begins. Measured with forests of 70 to 290 MB over a loopback connection; an
 * upload over a slow line spends more of its time in the first.
 */
const BEGINS: Record<Exclude<UploadStage, 'failed'>, number> = {
  receiving: 0,
  reading: 0.2,
  compiling: 0.3,
  proving: 0.65,
  storing: 0.97,
  done: 1,
};
const ENDS: Record<'receiving' | 'reading' | 'compiling' | 'proving', number> = {
  receiving: BEGINS.reading,
  reading: BEGINS.compiling,
  compiling: BEGINS.proving,
  proving: BEGINS.storing,
};

/** An upload as `GET /uploads/:id` answers it. */
export interface UploadStatus {
  id: string;
  /** Null until the part has arrived. */
  model_id: string | null;
  stage: UploadStage;
  /** Of the whole, 0 to 1; it never goes back, and stays where it was when the upload failed. */
  progress: number;
  /** Of the body, its framing included. */
  bytes_received: number;
  /** As announced; null for a body of unknown length. */
  bytes_total: number | null;
  started_at: string;
  updated_at: string;
  /** Seconds since the start, or until the end. */
  elapsed: number;
  /** Of the stored version, once there is one. */
  version: number | null;
  error: { error: string; code: ErrorCode } | null;
}

/** One upload on its way: written by what handles it, read by whoever asks for its status. */
export class UploadProgress {
  readonly gauge = new ImportGauge();
  private readonly startedAt = Date.now();
  private changedAt = this.startedAt;
  private modelId: string | null = null;
  private stage: UploadStage = 'receiving';
  /** Of the stage, 0 to 1. */
  private share = 0;
  private reached = 0;
  private bytesReceived = 0;
  private version: number | null = null;
  private error: UploadStatus['error'] = null;

  constructor(
    readonly id: string,
    private readonly bytesTotal: number | null,
  ) {}

  get hasEnded(): boolean {
    return this.stage === 'done' || this.stage === 'failed';
  }

  /** When it last moved on (ms since 1970), which is when it ended once it has. */
  get updatedAt(): number {
    return this.place().at;
  }

  named(modelId: string): void {
    this.modelId = modelId;
  }

  received(bytes: number): void {
    this.bytesReceived += bytes;
    this.enter('receiving', this.bytesTotal ? Math.min(1, this.bytesReceived / this.bytesTotal) : 0);
  }

  /** Moves to a stage, or further on in it. From `reading` to `proving` it moves on by {@link gauge}. */
  enter(stage: 'receiving' | 'reading' | 'storing', share = 0): void {
    this.stage = stage;
    this.share = share;
    this.changedAt = Date.now();
  }

  finish(version: number): void {
    this.stage = 'done';
    this.version = version;
    this.changedAt = Date.now();
  }

  /** What is no {@link AppError} is told as an internal error: its words are for the log. */
  fail(cause: unknown): void {
    this.reached = this.progress();
    this.stage = 'failed';
    this.changedAt = Date.now();
    if (cause instanceof AppError) this.error = { error: cause.message, code: cause.code };
    else if (cause instanceof ClientGone) this.error = { error: cause.message, code: 'bad_request' };
    else this.error = { error: 'The upload failed for a reason that is in the log.', code: 'internal' };
  }

  status(): UploadStatus {
    const progress = this.progress();
    const now = this.hasEnded ? this.updatedAt : Date.now();
    return {
      id: this.id,
      model_id: this.modelId,
      stage: this.place().stage,
      progress: Math.round(progress * 1000) / 1000,
      bytes_received: this.bytesReceived,
      bytes_total: this.bytesTotal,
      started_at: new Date(this.startedAt).toISOString(),
      updated_at: new Date(this.updatedAt).toISOString(),
      elapsed: (now - this.startedAt) / 1000,
      version: this.version,
      error: this.error,
    };
  }

  private place(): { stage: UploadStage; share: number; at: number } {
    const step = this.stage === 'reading' ? this.gauge.read() : null;
    return step ?? { stage: this.stage, share: this.share, at: this.changedAt };
  }

  private progress(): number {
    const { stage, share } = this.place();
    if (stage === 'failed') return this.reached;
    const begins = BEGINS[stage];
    const width = stage in ENDS ? ENDS[stage as keyof typeof ENDS] - begins : 0;
    this.reached = Math.max(this.reached, begins + share * width);
    return this.reached;
  }
}
