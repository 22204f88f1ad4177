import { recordSchemaOf } from '../common/record-shape';
import type { Signature } from '../common/signature';
import type { ImportedModel } from './imported-model';

/** How far the compiled graph was from its source on the probe rows; kept with the version. */
export interface ParityReport {
  rows: number;
  labelsDifferent: number;
  largestDifference: number;
}

/** One stored version of a model. */
export interface ModelVersion {
  modelId: string;
  version: number;
  format: ImportedModel['format'];
  framework: string;
  frameworkVersion: string | null;
  sha256: string;
  sizeBytes: number;
  signature: Signature;
  warnings: string[];
  parity: ParityReport | null;
  /** JSON Schema 2020-12 of one record, when the upload declared one. */
  inputSchema: Record<string, unknown> | null;
  description: string | null;
  /** What loading and running it once took, in bytes of resident memory. */
  memoryBytes: number;
  /** Name of the folder with the original file and the graph. */
  artifact: string;
  createdAt: Date;
}

/** A version that has not been numbered yet. */
export type ModelDraft = Omit<ModelVersion, 'version' | 'createdAt' | 'artifact'>;

/** A version as clients see it. */
export function describeVersion(version: ModelVersion): Record<string, unknown> {
  return {
    model_id: version.modelId,
    version: version.version,
    format: version.format,
    framework: version.framework,
    framework_version: version.frameworkVersion,
    sha256: version.sha256,
    size_bytes: version.sizeBytes,
    signature: version.signature,
    warnings: version.warnings,
    parity: version.parity && {
      rows: version.parity.rows,
      labels_different: version.parity.labelsDifferent,
      largest_difference: version.parity.largestDifference,
    },
    input_schema: version.inputSchema,
    record_schema: version.inputSchema ?? recordSchemaOf(version.signature),
    description: version.description,
    memory_bytes: version.memoryBytes,
    created_at: version.createdAt.toISOString(),
  };
}
