import { AppError, type ErrorData } from '../../common/errors';
import type { Datatype } from '../../common/signature';
import { cutBatch } from '../batcher';
import {
  type BatchResult,
  type BatchTask,
  type BinaryAnswer,
  type EntryKind,
  FEATURES,
  FEATURES_AS_BINARY,
  FLAT,
  LARGE_ANSWER,
  RAW,
  RAW_AS_BINARY,
  type WorkerModel,
} from '../protocol';
import { takesAnyNumbers } from '../takes-any-numbers';
import { cleanRuntimeMessage } from '../trial/runtime-message';
import type { NumericDatatype } from './codecs/binary-tensors';
import type { InputBuffer } from './codecs/input-buffer';
import type { ItemDecoder, Items } from './codecs/item-decoder';
import { NotByRow, type OutputData, type ReplyEncoder, type Span } from './codecs/reply-encoder';
import type { RawRowReader, RawRows } from './codecs/raw-rows';
import type { RowScanner } from './codecs/scan-rows';
import { asciiText, checkItems, type ReaderParts, readEntry } from './entry-reader';
import { runGraph } from './run-graph';
import type { Session } from './session';

/** One entry of a batch on its way: read, and then answered or failed. */
interface Work {
  /** What was read; raw rows; or where it begins in the table when it has been scanned. */
  items: Items | RawRows | number;
  rows: number;
  single: boolean;
  decoder: ItemDecoder;
  kind: EntryKind;
  index: number;
}

export interface RunnerParts extends ReaderParts {
  decoder: ItemDecoder;
  session: Pick<Session, 'run'>;
  encoder: ReplyEncoder;
  /** The decoder for these items; items that share a run have the same one. */
  decoderFor(items: Items): ItemDecoder;
  /** Rows that the graph takes in one run when its first axis is fixed, otherwise null. */
  fixedRows: number | null;
  joinable: boolean;
  /** Reads plain rows of numbers faster than the decoder; null where there are none, or something comes before. */
  scanner: RowScanner | null;
  /** Reads raw rows. @throws AppError when the model cannot be asked so */
  rawReader(): RawRowReader;
  /** Answers in binary tensors. */
  binaryReply(outputs: ReadonlyMap<string, OutputData>, rows: number, span: Span): BinaryAnswer;
}

/** A table that a batch has made longer than this is not kept: half a megabyte a thread. */
const KEPT_CELLS = 65_536;

/**
 * Rows of one request that run at once where they are independent of each other. What a run takes grows with its rows,
 * for some models by as much as was learnt from: 10,000 neighbours are 80 KB a row, which all rows of one large request
 * at once would end the process by. Longer runs were not seen to be faster.
 */
const MAX_RUN_ROWS = 1024;

/** What a decoder is asked for when raw rows go where it writes. */
const NO_ITEMS: Items = { single: false, list: [], member: '' };

/** Answers batches with one loaded model: reads every entry, joins what may be joined, runs, splits, encodes. */
export class ModelRunner {
  private runs: BatchResult['runs'] = [];
  private texts: string[] = [];
  private binaries: BatchResult['binaries'] = null;
  private errors: (ErrorData | undefined)[] | null = null;

  constructor(
    private readonly model: Pick<WorkerModel, 'maxRows' | 'signature' | 'compiled'>,
    private readonly parts: RunnerParts,
  ) {}

  /** Never throws: what fails is told for its entry, and its neighbours are answered. */
  async answer(task: BatchTask): Promise<Omit<BatchResult, 'heapBytes'>> {
    const count = task.ends.length;
    this.runs = [];
    this.texts = new Array<string>(count).fill('');
    this.binaries = null;
    this.errors = null;
    const rows = new Array<number>(count).fill(0);
    const works = this.readAll(task);
    for (const work of works) rows[work.index] = work.rows;
    for (const group of this.groupsOf(works)) await this.answerGroup(group);
    this.parts.scanner?.keep(KEPT_CELLS);
    const ends: number[] = [];
    let length = 0;
    for (const text of this.texts) ends.push((length += text.length));
    const { binaries, errors, runs } = this;
    const isLarge = count === 1 && length >= LARGE_ANSWER;
    const text = isLarge ? Buffer.from(this.texts[0] as string, 'latin1') : this.texts.join('');
    return { type: 'batch', text, ends, binaries, errors, rows, runs };
  }

  private readAll({ bytes, ends, kinds, datatypes }: BatchTask): Work[] {
    const works: Work[] = [];
    /** The whole batch as text, once an entry asks for it. */
    let text: string | null | undefined;
    let scanned = 0;
    for (let index = 0; index < ends.length; index++) {
      const [start, end] = [index === 0 ? 0 : (ends[index - 1] as number), ends[index] as number];
      const kind = kinds[index] ?? FEATURES;
      let work = kind === FEATURES ? this.scan(bytes, start, end, scanned, index) : null;
      if (work) scanned += work.rows;
      else if (kind === RAW || kind === RAW_AS_BINARY) {
        work = this.readRaw(bytes.subarray(start, end), kind, datatypes?.[index] ?? null, index);
      } else {
        if (text === undefined) text = asciiText(bytes);
        work = this.read(text === null ? bytes.subarray(start, end) : text.slice(start, end), kind, index);
      }
      if (work) works.push(work);
    }
    return works;
  }

  private scan(bytes: Uint8Array, start: number, end: number, firstRow: number, index: number): Work | null {
    const { scanner, decoder } = this.parts;
    if (!scanner?.scan(bytes, start, end, firstRow, Infinity)) return null;
    return { items: firstRow, rows: scanner.rows, single: scanner.single, decoder, kind: FEATURES, index };
  }

  private readRaw(bytes: Uint8Array, kind: EntryKind, datatype: Datatype | null, index: number): Work | null {
    const { preprocess, checkRecord, decoder } = this.parts;
    try {
      if (preprocess) {
        throw new AppError('unsupported_media_type', 'The deployment takes raw records for its preprocessor, in JSON');
      }
      const reader = this.parts.rawReader();
      const raw = reader.read(bytes, datatype as NumericDatatype | null);
      const { rows } = raw;
      if (reader.isPlain && !checkRecord) {
        return { items: raw, rows, single: false, decoder: this.parts.decoderFor(NO_ITEMS), kind, index };
      }
      const items = reader.asItems(raw);
      if (checkRecord) checkItems(items, checkRecord, decoder.names);
      return { items, rows, single: false, decoder: this.parts.decoderFor(items), kind, index };
    } catch (error) {
      this.fail(index, error);
      return null;
    }
  }

  private read(source: Uint8Array | string, kind: EntryKind, index: number): Work | null {
    try {
      const items = readEntry(source, kind, this.parts);
      const { single, list } = items;
      return { items, rows: list.length, single, decoder: this.parts.decoderFor(items), kind, index };
    } catch (error) {
      this.fail(index, error);
      return null;
    }
  }

  /** Consecutive entries that share a decoder, cut at `maxRows`; each alone when rows may not be joined. */
  private groupsOf(works: Work[]): Work[][] {
    if (!this.parts.joinable || this.parts.fixedRows !== null) return works.map((work) => [work]);
    const groups: Work[][] = [];
    for (let start = 0; start < works.length;) {
      const rows: number[] = [];
      for (let i = start; i < works.length && works[i]?.decoder === works[start]?.decoder; i++) {
        rows.push((works[i] as Work).rows);
      }
      const size = cutBatch(rows, this.model.maxRows);
      groups.push(works.slice(start, start + size));
      start += size;
    }
    return groups;
  }

  /**
   * One run for the whole group; when it fails, one for each entry, so that only the entry at fault fails. Rows that turn
   * out not to be independent of each other are asked again, an entry whole.
   */
  private async answerGroup(group: Work[]): Promise<void> {
    try {
      await this.runGroup(group);
    } catch (error) {
      const [only] = group;
      const wasJoined = error instanceof NotByRow && this.parts.joinable;
      if (wasJoined) this.parts.joinable = false;
      if (only && group.length === 1 && !wasJoined) return this.fail(only.index, this.runFailed(error));
      for (const work of group) if (!this.errors?.[work.index]) await this.answerGroup([work]);
    }
  }

  private async runGroup(group: Work[]): Promise<void> {
    const decoder = (group[0] as Work).decoder;
    const room = group.reduce((sum, work) => sum + work.rows, 0);
    const table = this.tableOf(group, room) ?? this.rawTensorOf(group);
    const buffers = table ?? decoder.allocate(room);
    const spans: { work: Work; start: number }[] = [];
    let rows = 0;
    for (const work of group) {
      if (!table && !this.write(work, decoder, buffers, rows)) continue;
      spans.push({ work, start: rows });
      rows += work.rows;
    }
    if (rows === 0) return;
    const outputs = await this.run(decoder, buffers, rows);
    const textOf = this.parts.encoder.encode(outputs, rows);
    for (const { work, start } of spans) {
      const { kind, single } = work;
      const span = { start, count: work.rows, single, flat: kind === FLAT };
      if (kind === RAW_AS_BINARY || kind === FEATURES_AS_BINARY) {
        this.binaries ??= new Array<BinaryAnswer | undefined>(this.texts.length).fill(undefined);
        this.binaries[work.index] = this.parts.binaryReply(outputs, rows, span);
      } else this.texts[work.index] = textOf(span);
    }
  }

  /** The table itself as the tensor, when all of the group stands there in one piece and in the tensor's precision. */
  private tableOf(group: Work[], rows: number): InputBuffer[] | null {
    const [spec] = this.model.signature.inputs;
    const { scanner } = this.parts;
    const first = group[0]?.items;
    if (!scanner || spec?.datatype !== 'FP64' || typeof first !== 'number') return null;
    let next = first;
    for (const work of group) {
      if (work.items !== next) return null;
      next += work.rows;
    }
    return [{ spec, stride: scanner.columns, data: scanner.view(first, rows) }];
  }

  /** The bytes of raw rows themselves as the tensor, where these are all of the group and in the tensor's precision. */
  private rawTensorOf(group: Work[]): InputBuffer[] | null {
    const [spec, ...others] = this.model.signature.inputs;
    const raw = group[0]?.items;
    if (group.length > 1 || !spec || others.length > 0 || typeof raw !== 'object' || !('data' in raw)) return null;
    const buffer = this.parts.rawReader().asBuffer(raw, spec);
    return buffer && [buffer];
  }

  /** False when an item does not fit; the rows written so far are then overwritten by the next entry. */
  private write(work: Work, decoder: ItemDecoder, buffers: InputBuffer[], at: number): boolean {
    const { items, index } = work;
    if (typeof items === 'number') {
      const { data, stride } = buffers[0] as InputBuffer;
      if (this.parts.scanner) (data as Float64Array).set(this.parts.scanner.view(items, work.rows), at * stride);
      return true;
    }
    try {
      if ('data' in items) this.parts.rawReader().write(items, buffers, at);
      else for (let i = 0; i < items.list.length; i++) decoder.write(items, i, buffers, at + i);
      return true;
    } catch (error) {
      this.fail(index, error);
      return false;
    }
  }

  private async run(decoder: ItemDecoder, buffers: InputBuffer[], rows: number): Promise<Map<string, OutputData>> {
    const { session, encoder, fixedRows, joinable } = this.parts;
    const startedAt = performance.now();
    const size = { rows: fixedRows ?? (joinable ? MAX_RUN_ROWS : rows), isFixed: fixedRows !== null };
    const outputs = await runGraph(session, encoder.outputNames, { decoder, buffers, rows }, size);
    this.runs.push({ rows, computeMs: performance.now() - startedAt });
    return outputs;
  }

  /** Codes, texts and tensors of sizes of their own can be none that an uploaded graph runs on: then that is said. */
  private runFailed(error: unknown): AppError {
    if (error instanceof NotByRow) return new AppError('invalid_input', `${error.message}; send one item a request`);
    const { compiled, signature } = this.model;
    if (error instanceof AppError || compiled || takesAnyNumbers(signature)) return inferenceFailed(error);
    const words = cleanRuntimeMessage(error instanceof Error ? error.message : String(error));
    return new AppError('invalid_input', `The model cannot run on what was sent: ${words}`);
  }

  private fail(index: number, error: unknown): void {
    this.errors ??= new Array<ErrorData | undefined>(this.texts.length).fill(undefined);
    this.errors[index] = (error instanceof AppError ? error : inferenceFailed(error)).toData();
  }
}

function inferenceFailed(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('inference_failed', 'The model failed on these rows although they fit its signature', {
    reason: error instanceof Error ? error.message : String(error),
  });
}
