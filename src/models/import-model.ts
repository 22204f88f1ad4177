import { importOnnx } from './formats/onnx/import-onnx';
import { importBooster, importPickle } from './formats/pickle-model';
import { sniffFormat } from './formats/sniff';
import type { ReportStep } from './import-gauge';
import type { ImportedModel } from './imported-model';

/**
 * Reads an uploaded file by what it is and compiles what is in it, telling how far it is.
 * @throws AppError the reason why it cannot be served
 */
export function importModel(bytes: Uint8Array, report: ReportStep = () => undefined): ImportedModel {
  const format = sniffFormat(bytes);
  if (format === 'onnx') return importOnnx(bytes);
  return format === 'xgboost' || format === 'lightgbm'
    ? importBooster(bytes, format, report)
    : importPickle(bytes, report);
}
