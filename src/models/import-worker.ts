// First: what is loaded after it is loaded behind the HTTP thread.
import './background-thread';
import { readFileSync, writeFileSync } from 'node:fs';
import { AppError } from '../common/errors';
import { storageError } from '../common/storage-error';
import { ImportGauge } from './import-gauge';
import type { ImportReply, ImportRequest } from './import-protocol';
import { outOfMemory } from './out-of-memory';
import { importModel } from './import-model';

/**
 * Entry of the import threads: file in, graph on disk and description out. Failures are data, as classes do not cross
 * threads.
 */
export default function importFile({
  path,
  onnxPath,
  textStagePath,
  inlineGraphPath,
  treeSplitPath,
  progress,
}: ImportRequest): ImportReply {
  try {
    const gauge = new ImportGauge(progress);
    gauge.write({ stage: 'reading', share: 0 });
    const { onnx, textStage, inlineGraph, treeSplit, ...summary } = importModel(readFileSync(path), (step) =>
      gauge.write(step),
    );
    writeFileSync(onnxPath, onnx);
    if (textStage) writeFileSync(textStagePath, textStage);
    if (inlineGraph) writeFileSync(inlineGraphPath, inlineGraph);
    if (treeSplit) writeFileSync(treeSplitPath, treeSplit);
    const treeSplitBytes = treeSplit?.length ?? 0;
    return { ok: true, summary: { ...summary, hasTextStage: textStage !== null, treeSplitBytes } };
  } catch (failure) {
    const error = outOfMemory(storageError(failure));
    if (error instanceof AppError) return { ok: false, error: error.toData() };
    throw error;
  }
}
