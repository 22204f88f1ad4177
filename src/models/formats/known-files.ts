/** The files that people upload by mistake, by their content: tables for `sniffFormat`. */

export const EXPORT_ADVICE = 'export the model to ONNX and upload that';
export const FITTED_ADVICE = 'upload the file of the fitted model: a .pkl or .joblib of scikit-learn, or an .onnx';

export const DATA_ADVICE = `a model is expected here, not data: ${FITTED_ADVICE}`;
const UNPACK_ADVICE = `unpack it and ${FITTED_ADVICE}`;
const JAVA_ADVICE = 'write it as PMML or ONNX in Java, or fit the model in scikit-learn; an ONNX file can be uploaded';
const R_ADVICE =
  'models of R cannot be read: save one of xgboost by xgb.save(model, "model.ubj"), one of lightgbm by lgb.save(model, "model.txt"), or fit it in scikit-learn';
const TF_ADVICE = 'convert it with python -m tf2onnx.convert --saved-model FOLDER --output model.onnx and upload that';

/** A kind of file that is known and not read: what it is, and what to do instead. */
export type Recognised = readonly [what: string, advice: string];

/** Formats by the bytes they start with. */
export const SIGNATURES: readonly (readonly [bytes: string, at: number, ...Recognised])[] = [
  [
    '\x89HDF\r\n\x1a\n',
    0,
    'an HDF5 file, as Keras writes',
    'load it in Keras, write it by model.export("model.onnx", format="onnx") and upload that',
  ],
  ['\x93NUMPY', 0, 'a numpy array (.npy)', FITTED_ADVICE],
  [
    'TFL3',
    4,
    'a TensorFlow Lite model',
    'convert it with python -m tf2onnx.convert --tflite model.tflite --output model.onnx and upload that',
  ],
  [
    'CBM1',
    0,
    'a CatBoost model',
    'save it with model.save_model("model.onnx", format="onnx"), which models of numbers alone can be, and upload that',
  ],
  ['GGUF', 0, 'a GGUF language model', EXPORT_ADVICE],
  ['\x7fELF', 0, 'a program', FITTED_ADVICE],
  ['MZ\x90', 0, 'a program', FITTED_ADVICE],
  ['ustar', 257, 'a tar archive', `unpack it and ${FITTED_ADVICE}`],
  ['\x89PNG\r\n', 0, 'an image (PNG)', FITTED_ADVICE],
  ['\xff\xd8\xff', 0, 'an image (JPEG)', FITTED_ADVICE],
  ['%PDF-', 0, 'a PDF document', FITTED_ADVICE],
  ['PAR1', 0, 'a Parquet table', DATA_ADVICE],
  ['ARROW1', 0, 'an Arrow or Feather table', DATA_ADVICE],
  ['SQLite format 3\0', 0, 'an SQLite database', DATA_ADVICE],
  ['MATLAB 5.0 MAT-file', 0, 'a MATLAB file', EXPORT_ADVICE],
  ['7z\xbc\xaf\x27\x1c', 0, 'a 7z archive', UNPACK_ADVICE],
  ['Rar!\x1a\x07', 0, 'a RAR archive', UNPACK_ADVICE],
  ['\xac\xed\x00\x05', 0, 'an object serialised by Java, as Weka and Spark write', JAVA_ADVICE],
  ['X\n\0\0\0', 0, 'an object of R (.rds)', R_ADVICE],
  ['RDX2\n', 0, 'a workspace of R (.rda)', R_ADVICE],
  ['RDX3\n', 0, 'a workspace of R (.rda)', R_ADVICE],
  ['PK\x05\x06', 0, 'an empty zip archive', FITTED_ADVICE],
  // The magic number of torch.save before its zip form, as a pickle.
  [
    '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19',
    0,
    'a PyTorch checkpoint',
    'load it in PyTorch, write it by torch.onnx.export(model, sample, "model.onnx") and upload that',
  ],
];

/** Texts by how they start. */
export const TEXTS: readonly (readonly [start: RegExp, ...Recognised])[] = [
  [
    /^version https:\/\/git-lfs/,
    'a Git LFS pointer, not the file it points to',
    'run git lfs pull and upload the file itself',
  ],
  [/^[\s\ufeff]*<(?:!doctype html|html)/i, 'an HTML page, perhaps the error page of a download', FITTED_ADVICE],
  [/^[\s\ufeff]*<\?xml[\s\S]{0,400}<PMML|^\s*<PMML/i, 'a PMML model', EXPORT_ADVICE],
  [
    /^artifact_path:|^flavors:/m,
    'the MLmodel file of an MLflow model, which only describes it',
    'upload the model.pkl that stands beside it',
  ],
  [/^[\s\ufeff]*<\?xml/, 'an XML file', FITTED_ADVICE],
  [/^[\s\ufeff]*[[{][\s\S]{0,4000}"cells"/, 'a Jupyter notebook', FITTED_ADVICE],
  [
    /^booster\[0\]:|^\s*\[\s*\{\s*"nodeid"/,
    'a dump of XGBoost trees, which is not the whole model',
    'save it with model.save_model("model.ubj") and upload that',
  ],
  [
    /^\s*\{\s*"name":\s*"tree",\s*"version"/,
    'a dump of a LightGBM model',
    'save it with booster.save_model("model.txt") and upload that',
  ],
  [/^[\s\ufeff]*(?:\{\s*["}]|\[\s*[-\d"{[\]tfn])/, 'a JSON file', FITTED_ADVICE],
  [/^(?:#!.*\n)?(?:#.*\n|\s)*(?:import|from) [\w.]+/, 'a Python script', `run it and ${FITTED_ADVICE}`],
  [/^@relation\s/i, 'an ARFF table', DATA_ADVICE],
  [/^.{7}\0\{\s*"/s, 'a safetensors file', EXPORT_ADVICE],
];

/** Archives by a name within. */
export const ZIP_MEMBERS: readonly (readonly [name: RegExp, ...Recognised])[] = [
  [
    /data\.pkl|constants\.pkl|archive\/version/,
    'a PyTorch checkpoint',
    'load it in PyTorch, write it by torch.onnx.export(model, sample, "model.onnx") and upload that',
  ],
  [
    /model\.weights\.h5|config\.json/,
    'a Keras model',
    'load it in Keras, write it by model.export("model.onnx", format="onnx") and upload that',
  ],
  [/schema\.json/, 'a skops file', 'load it in Python, write it by joblib.dump(model, "model.joblib") and upload that'],
  [/saved_model\.pb/, 'a TensorFlow SavedModel', TF_ADVICE],
  [/MLmodel/, 'the folder of an MLflow model', 'unpack it and upload the model.pkl in it'],
  [/xl\/workbook\.xml|word\/document\.xml/, 'an office document', FITTED_ADVICE],
  [/\.npy/, 'an archive of numpy arrays (.npz)', FITTED_ADVICE],
  [/\.onnx/, 'a zip archive with an ONNX file in it', 'unpack it and upload the .onnx'],
  [/\.pkl|\.joblib|\.pickle/, 'a zip archive with a pickle in it', 'unpack it and upload the pickle'],
];
