import type { ErrorData } from '../common/errors';
import type { ImportedModel } from './imported-model';

/** What the import worker is asked for. */
export interface ImportRequest {
  /** The uploaded file. */
  path: string;
  /** Where the graph is to be written. */
  onnxPath: string;
  /** Where the text stage is to be written, if there is one. */
  textStagePath: string;
  /** Of an `ImportGauge`: how far it is. */
  progress: SharedArrayBuffer;
  /** Where the graph for the HTTP thread is to be written, if there is one. */
  inlineGraphPath: string;
  /** Where the graph parted at its trees is to be written, if it has many. */
  treeSplitPath: string;
}

/** An imported model whose files are on disk. */
export type ImportSummary = Omit<ImportedModel, 'onnx' | 'textStage' | 'inlineGraph' | 'treeSplit'> & {
  hasTextStage: boolean;
  /** Size of the graph parted at its trees; 0 where there is none. */
  treeSplitBytes: number;
};

/** Errors cross threads as data: classes and codes are lost on the way. */
export type ImportReply = { ok: true; summary: ImportSummary } | { ok: false; error: ErrorData };
