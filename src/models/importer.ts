import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppConfig } from '../common/config';
import { AppError } from '../common/errors';
import { storageError } from '../common/storage-error';
import { EventLog } from '../monitoring/event-log';
import { readDeclaredParts, withLabels, type DeclaredParts } from './declared-parts';
import { ImportHost } from './import-host';
import type { ImportSummary } from './import-protocol';
import type { ModelDraft, ModelVersion, ParityReport } from './model-version';
import { ARTIFACT_FILES, ModelStore } from './model-store';
import { UploadProgress } from './upload-progress';
import { TrialHost } from './trial-host';
import type { TrialReport } from './trial-worker';
import { receiveUpload, type ReceivedUpload } from './receive-upload';

/** From an upload to a stored version: receive, read and compile, prove, store. Every exit removes its temporary files. */
@Injectable()
export class Importer {
  constructor(
    private readonly config: AppConfig,
    private readonly store: ModelStore,
    private readonly host: ImportHost,
    private readonly trials: TrialHost,
    private readonly events: EventLog,
  ) {}

  /**
   * Imports the upload in the body of a request.
   * @param progress told of every stage, and of the end
   * @param onReceived called when the whole body is on disk and its text parts are in order
   * @throws AppError the reason why it is refused; nothing of it is kept then
   */
  async importRequest(
    req: IncomingMessage,
    progress: UploadProgress,
    onReceived: () => void = () => undefined,
  ): Promise<ModelVersion> {
    try {
      const version = await this.inWorkFolder(async (folder) => {
        const { maxUploadBytes: maxBytes, bodyTimeoutMs: timeoutMs } = this.config;
        const upload = await receiveUpload(req, folder, { maxBytes, timeoutMs }, progress);
        const declared = readDeclaredParts(upload.parts);
        onReceived();
        return this.importUpload(folder, upload, declared, progress);
      });
      progress.finish(version.version);
      return version;
    } catch (error) {
      progress.fail(error);
      throw error;
    }
  }

  /** Imports a file that is in the work folder already, as `original`. */
  async importUpload(
    folder: string,
    upload: Omit<ReceivedUpload, 'parts'>,
    declared: DeclaredParts,
    progress = new UploadProgress('', null),
  ): Promise<ModelVersion> {
    const known = await this.store.findByHash(declared.modelId, upload.sha256);
    if (known) return withWarnings(known, declared, await this.store.newestNumber(declared.modelId));
    try {
      const draft = await this.compile(folder, upload, declared, progress);
      progress.enter('storing');
      const version = await this.store.add(draft, folder);
      this.events.event('INFO', `model ${version.modelId} version ${version.version} uploaded`, {
        model_id: version.modelId,
        version: version.version,
      });
      return version;
    } catch (error) {
      if (error instanceof AppError) {
        this.events.event('WARNING', `upload of model ${declared.modelId} refused: ${error.message}`, {
          model_id: declared.modelId,
          code: error.code,
        });
      }
      throw error;
    }
  }

  /** Runs `work` with a folder of its own that is gone afterwards, unless the store has taken it. */
  async inWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await this.store.makeWorkFolder().catch((error: unknown) => {
      throw storageError(error);
    });
    try {
      return await work(folder);
    } catch (error) {
      throw storageError(error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Reads the file, writes what is compiled of it into the folder, and proves it. */
  private async compile(
    folder: string,
    { path, sha256, sizeBytes }: Omit<ReceivedUpload, 'parts'>,
    declared: DeclaredParts,
    progress: UploadProgress,
  ): Promise<ModelDraft> {
    progress.enter('reading');
    const { memory } = progress.gauge;
    const onnxPath = join(folder, ARTIFACT_FILES.onnx);
    const textStagePath = join(folder, ARTIFACT_FILES.text);
    const inlineGraphPath = join(folder, ARTIFACT_FILES.inline);
    const treeSplitPath = join(folder, ARTIFACT_FILES.trees);
    const paths = { path, onnxPath, textStagePath, inlineGraphPath, treeSplitPath };
    const summary = await this.host.run({ ...paths, progress: memory });
    const trial = await this.prove(summary, onnxPath, summary.hasTextStage ? textStagePath : null, memory);
    return {
      modelId: declared.modelId,
      format: summary.format,
      framework: summary.framework,
      frameworkVersion: summary.frameworkVersion,
      sha256,
      sizeBytes,
      signature: withLabels(trial.signature, declared.labels),
      warnings: [...summary.warnings, ...trial.warnings],
      parity: checkParity(trial),
      inputSchema: declared.inputSchema,
      description: declared.description,
      // What a thread that answers batches holds besides: about as much as the file has.
      memoryBytes: trial.memoryBytes + summary.treeSplitBytes,
    };
  }

  private async prove(
    summary: ImportSummary,
    modelPath: string,
    textStagePath: string | null,
    progress: SharedArrayBuffer,
  ): Promise<TrialReport> {
    const { size } = await stat(modelPath);
    const options = {
      modelPath,
      textStagePath,
      signature: summary.signature,
      compiled: summary.format !== 'onnx',
      inputs: summary.parity?.inputs ?? null,
      deadlineMs: this.config.importTimeoutMs,
      maxRssBytes: Math.max(this.config.importMemoryBytes, 8 * size),
    };
    return this.trials.run({ options, expected: summary.parity?.expected ?? null, progress });
  }
}

/** The same bytes are the version that they were; what a client may have meant to change by them is told as unchanged. */
function withWarnings(known: ModelVersion, declared: DeclaredParts, newest: number): ModelVersion {
  const differs = (part: unknown, stored: unknown): boolean => part !== null && !isDeepStrictEqual(part, stored);
  const ignored = [
    ...(differs(declared.inputSchema, known.inputSchema) ? ['input_schema'] : []),
    ...(differs(declared.labels, known.signature.labels) ? ['labels'] : []),
    ...(differs(declared.description, known.description) ? ['description'] : []),
  ];
  const warnings = [...known.warnings];
  if (ignored.length > 0) {
    warnings.push(`these bytes are version ${known.version} already; ${ignored.join(', ')} of this upload not applied`);
  }
  if (newest > known.version) {
    warnings.push(
      `the newest is version ${newest}, and what is deployed by default; deploy with "version": ${known.version} for this one`,
    );
  }
  return { ...known, warnings };
}

/** @throws AppError parity_failed */
function checkParity({ parity }: TrialReport): ParityReport | null {
  if (!parity) return null;
  const { ok, rows, labelsDifferent, largestDifference, firstMismatch } = parity;
  if (!ok) {
    throw new AppError(
      'parity_failed',
      `the compiled model answers otherwise than its source: ${firstMismatch ?? 'outputs differ'}; it is not served`,
    );
  }
  return { rows, labelsDifferent, largestDifference };
}
