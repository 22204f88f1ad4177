import type { ErrorData } from '../common/errors';
import type { ImportedModel } from './imported-model';

/** What the import worker is asked for. */
export interface ImportRequest {
  /** The uploaded file. */
  path: string;
  /** Where the graph is to be written. */
  onnxPath: string;
}

/** An imported model whose graph is on disk. */
export type ImportSummary = Omit<ImportedModel, 'onnx'>;

/** Errors cross threads as data: classes and codes are lost on the way. */
export type ImportReply = { ok: true; summary: ImportSummary } | { ok: false; error: ErrorData };
