import { readFileSync, writeFileSync } from 'node:fs';
import { AppError } from '../common/errors';
import { storageError } from '../common/storage-error';
import { importOnnx } from './formats/onnx/import-onnx';
import { importBooster, importPickle } from './formats/pickle-model';
import { sniffFormat } from './formats/sniff';
import type { ImportedModel } from './imported-model';
import type { ImportReply, ImportRequest } from './import-protocol';

/**
 * Entry of the import threads: file in, graph on disk and description out. Failures are data, as classes do not cross
 * threads.
 */
export default function importFile({ path, onnxPath, textStagePath }: ImportRequest): ImportReply {
  try {
    const { onnx, textStage, ...summary } = readModel(readFileSync(path));
    writeFileSync(onnxPath, onnx);
    if (textStage) writeFileSync(textStagePath, textStage);
    return { ok: true, summary: { ...summary, hasTextStage: textStage !== null } };
  } catch (failure) {
    const error = storageError(failure);
    if (error instanceof AppError) return { ok: false, error: error.toData() };
    if (error instanceof RangeError && /allocation|Invalid (array|typed array) length/i.test(error.message)) {
      return {
        ok: false,
        error: { code: 'import_limit', message: 'reading the file takes more memory than a model may use' },
      };
    }
    throw error;
  }
}

function readModel(bytes: Uint8Array): ImportedModel {
  const format = sniffFormat(bytes);
  if (format === 'onnx') return importOnnx(bytes);
  return format === 'xgboost' || format === 'lightgbm' ? importBooster(bytes, format) : importPickle(bytes);
}
