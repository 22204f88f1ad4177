import { cleanRuntimeMessage } from './runtime-message';

describe('cleanRuntimeMessage', () => {
  it.each([
    [
      'Load model from /data/m.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:177 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&) ModelProto does not have a graph.\n',
      'ModelProto does not have a graph.',
    ],
    ['Load model from /data/m.onnx failed:Protobuf parsing failed.', 'Protobuf parsing failed.'],
    ["Load model from /data/x failed:Load model /data/x failed. File doesn't exist", "File doesn't exist"],
    [
      'Got invalid dimensions for input: X for the following indices\n index: 1 Got: 3 Expected: 4\n',
      'Got invalid dimensions for input: X for the following indices index: 1 Got: 3 Expected: 4',
    ],
    [
      "Non-zero status code returned while running T node. Name:'' Status Message: /o/tree_ensemble_common.h:587 void onnxruntime::ml::Tree<In, Out>::ComputeAgg(onnxruntime::Pool*, const AGG&) const [with AGG = onnxruntime::Sum<float, float>; In = float] One path in the graph requests feature 6 but input tensor has 4 features.\n",
      "Non-zero status code returned while running T node. Name:'' Status Message: One path in the graph requests feature 6 but input tensor has 4 features.",
    ],
    [
      'Status Message: linearclassifier.cc:160 Compute LinearClassifier: coefficients',
      'Status Message: LinearClassifier: coefficients',
    ],
    [
      'Exception: /o/s.cc:235 onnxruntime::Locale::Locale(const std::string&)::<lambda()> Failed to construct',
      'Exception: Failed to construct',
    ],
    ['Unrecognized attribute: a\u0001b\u001b[31m', 'Unrecognized attribute: a b [31m'],
    ['cannot open /var/lib/models/a.bin now', 'cannot open (path) now'],
  ])('cleans %j', (message, cleaned) => {
    expect(cleanRuntimeMessage(message)).toBe(cleaned);
  });
});
