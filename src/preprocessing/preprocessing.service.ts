import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type ErrorDetail } from '../common/errors';
import { BatchSize } from './batch-size';
import { compilePreprocessor, type Preprocess } from './compile-preprocessor';
import { describeJson } from './json-bounds';
import type { Scalar } from './preprocessor-spec';
import { PreprocessorStore, type StoredPreprocessor } from './preprocessor-store';

/** Beyond it only the first detail of an item is told. */
const MAX_DETAILS = 1000;
/** Of whose items something is told: more than a body of 1 MB has of records that are anything like one. */
const MAX_TOLD = 20_000;
/** Of the processed records of one batch. */
const MAX_CHARACTERS = 16_000_000;
/** How long other requests wait for a batch before it is their turn. */
const TURN_MS = 5;

/** Runs raw records through stored preprocessors, each compiled once for as long as the store gives the same one. */
@Injectable()
export class PreprocessingService {
  private readonly compiled = new WeakMap<StoredPreprocessor, Preprocess>();

  constructor(private readonly store: PreprocessorStore) {}

  /** @throws AppError preprocessor_not_found; invalid_record with the fields that are wrong */
  async preprocess(name: string, record: unknown): Promise<Record<string, Scalar>> {
    const run = await this.find(name);
    const result = run(record);
    if (result.ok) return result.record;
    throw invalidRecord(`The record does not fit the preprocessor ${name}`, result.details);
  }

  /**
   * All records or none, in their order.
   * @throws AppError preprocessor_not_found; bad_request when it is no list, or one whose records would be too much
   *   together; invalid_record with every failing record
   */
  async preprocessBatch(name: string, records: unknown): Promise<Record<string, Scalar>[]> {
    const run = await this.find(name);
    if (!Array.isArray(records)) {
      throw new AppError('bad_request', `Expected a list of raw records, found ${describeJson(records)}`);
    }
    const details: ErrorDetail[] = [];
    const processed: Record<string, Scalar>[] = [];
    const size = new BatchSize(MAX_CHARACTERS);
    let failed = 0;
    let turnBegan = performance.now();
    for (const [index, record] of records.entries()) {
      if (performance.now() - turnBegan > TURN_MS) {
        await nextTurn();
        turnBegan = performance.now();
      }
      const result = run(record);
      if (result.ok) {
        size.add(result.record);
        processed.push(result.record);
      } else {
        failed += 1;
        const told = details.length < MAX_DETAILS ? result.details : result.details.slice(0, 1);
        if (failed <= MAX_TOLD) details.push(...told.map((detail) => ({ index, ...detail })));
      }
    }
    if (failed === 0) return processed;
    const count = `${failed} of ${records.length} records ${failed === 1 ? 'does' : 'do'} not fit`;
    throw invalidRecord(`${count} the preprocessor ${name}`, details);
  }

  private async find(name: string): Promise<Preprocess> {
    const stored = await this.store.get(name);
    const run = this.compiled.get(stored) ?? compilePreprocessor(stored.document, { trusted: true });
    this.compiled.set(stored, run);
    return run;
  }
}

function invalidRecord(what: string, details: ErrorDetail[]): AppError {
  const first = details[0];
  const example = first ? `: ${[first.field, first.message].filter((part) => part !== '').join(' ')}` : '';
  return new AppError('invalid_record', what + example, { details });
}
