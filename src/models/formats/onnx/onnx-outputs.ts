import type { ClassLabel, OutputRole, OutputSpec, Task, TensorSpec } from '../../../common/signature';
import { intsOf, numbersOf, stringsOf, textsOf } from './attribute-data';
import type { ModelProto, NodeProto, TensorProto } from './model-proto';
import { tensorSpec } from './onnx-features';
import type { ServableGraph } from './make-servable';

const FLOATS = new Set(['FP16', 'FP32', 'FP64']);
const CLASSIFIERS = new Set(['TreeEnsembleClassifier', 'LinearClassifier', 'SVMClassifier']);
const TRANSFORMERS = new Set(['Scaler', 'Normalizer', 'Binarizer', 'Imputer', 'OneHotEncoder', 'TfIdfVectorizer']);
const PASSING = new Set(['Identity', 'Cast', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'ZipMap']);
/** A table of classes longer than this is no table of classes. */
const MAX_CLASSES = 100_000;

export interface OnnxOutputs {
  task: Task;
  outputs: OutputSpec[];
  classes?: ClassLabel[];
}

interface Source {
  /** The node that made a value, behind conversions and reshapes, and which of its outputs it is. */
  node: NodeProto | undefined;
  place: number;
}

/**
 * Outputs of a graph with what they mean, told by what makes them and by the names that converters use. The trial run
 * corrects two of the guesses: shapes, and matrices that turn out to be no probabilities.
 */
export function onnxOutputs(model: ModelProto, servable: ServableGraph): OnnxOutputs {
  return new OutputReader(model, servable).read();
}

class OutputReader {
  private readonly makers = new Map<string, NodeProto>();
  private readonly tensors: Map<string, TensorProto>;

  constructor(
    private readonly model: ModelProto,
    private readonly servable: ServableGraph,
  ) {
    for (const node of model.graph.nodes) for (const output of node.outputs) this.makers.set(output, node);
    this.tensors = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  }

  read(): OnnxOutputs {
    const specs = this.specs();
    const label = specs.find((spec) => this.isLabel(spec, specs));
    const scores = specs.find((spec) => spec !== label && this.isProbabilities(spec, label));
    const value =
      label || scores ? undefined : specs.find((spec) => FLOATS.has(spec.datatype) && spec.shape.length <= 2);
    const classes = this.classes(label, scores);
    const source = value && this.source(value.name).node;
    const role = (spec: TensorSpec): OutputRole => {
      if (spec === label) return 'label';
      if (spec === scores) return 'probabilities';
      if (spec !== value) return 'other';
      return source && TRANSFORMERS.has(source.opType) ? 'transform' : 'value';
    };
    const outputs = specs.map((spec): OutputSpec => {
      const given = role(spec);
      const named = given === 'label' || given === 'probabilities' ? classes : undefined;
      return { ...spec, role: given, ...(named && { classes: named }) };
    });
    return { task: this.task(outputs, label, classes), outputs, ...(classes && { classes }) };
  }

  private specs(): TensorSpec[] {
    return this.model.graph.outputs.flatMap((value): TensorSpec[] => {
      const zipped = this.servable.classes.get(value.name);
      const datatype = this.servable.doubles.has(value.name) ? 'FP64' : 'FP32';
      if (zipped) return [{ name: value.name, datatype, shape: [-1, zipped.length || -1] }];
      return value.type?.kind === 'tensor' ? [tensorSpec(value, 'output')] : [];
    });
  }

  private source(name: string): Source {
    let at = name;
    for (;;) {
      const node = this.makers.get(at);
      if (!node || !PASSING.has(node.opType)) return { node, place: node?.outputs.indexOf(at) ?? 0 };
      at = node.inputs[0] ?? '';
    }
  }

  private isLabel(spec: TensorSpec, specs: TensorSpec[]): boolean {
    if (FLOATS.has(spec.datatype) || spec.shape.length > 2) return false;
    const { node, place } = this.source(spec.name);
    if (node && CLASSIFIERS.has(node.opType)) return place === 0;
    if (node && ['ArgMax', 'ArgMin', 'LabelEncoder'].includes(node.opType)) return true;
    return /label|class|predict|cluster/i.test(spec.name) || specs.some(({ datatype }) => FLOATS.has(datatype));
  }

  private isProbabilities(spec: TensorSpec, label: TensorSpec | undefined): boolean {
    if (!FLOATS.has(spec.datatype) || spec.shape.length !== 2 || spec.shape[1] === 1) return false;
    const { node, place } = this.source(spec.name);
    if (this.servable.classes.has(spec.name) || /prob/i.test(spec.name) || node?.opType === 'Softmax') return true;
    return label !== undefined && node !== undefined && CLASSIFIERS.has(node.opType) && place === 1;
  }

  private task(outputs: OutputSpec[], label: TensorSpec | undefined, classes: ClassLabel[] | undefined): Task {
    if (label) {
      const { node } = this.source(label.name);
      if (node?.opType === 'ArgMin') return 'clustering';
      if (classes || node?.opType === 'ArgMax') return 'classification';
      // OneClassSVM and IsolationForest of skl2onnx: a sign [N,1] beside one score a row.
      const score = outputs.find(({ name }) => name === 'scores');
      return score?.shape[1] === 1 ? 'outlier' : 'unknown';
    }
    const main = outputs.find(({ role }) => role !== 'other');
    if (main?.role === 'probabilities') return 'classification';
    if (main?.role === 'transform') return 'transform';
    if (main?.role !== 'value') return 'unknown';
    const isOneNumber = main.shape.length === 1 || main.shape[1] === 1;
    return isOneNumber || isClassical(this.model) ? 'regression' : 'unknown';
  }

  private classes(label: TensorSpec | undefined, scores: TensorSpec | undefined): ClassLabel[] | undefined {
    const columns = scores?.shape[1] ?? -1;
    const found = this.namedClasses(label, scores);
    if (found && found.length > 0 && (columns === -1 || columns === found.length)) {
      return label?.datatype === 'BOOL' ? found.map(Boolean) : found;
    }
    const isIndex = !label || this.source(label.name).node?.opType === 'ArgMax';
    return isIndex && columns > 0 ? Array.from({ length: columns }, (_, i) => i) : undefined;
  }

  private namedClasses(label: TensorSpec | undefined, scores: TensorSpec | undefined): ClassLabel[] | undefined {
    const zipped = scores && this.servable.classes.get(scores.name);
    if (zipped) return zipped;
    const node = label && this.source(label.name).node;
    if (!node) return undefined;
    if (CLASSIFIERS.has(node.opType)) {
      return this.lists(node, ['classlabels_strings', 'classlabels_ints', 'classlabels_int64s']);
    }
    if (node.opType === 'LabelEncoder') return this.lists(node, ['values_strings', 'values_int64s', 'classes_strings']);
    // A table of classes, and the places in it.
    if (node.opType !== 'ArrayFeatureExtractor' && node.opType !== 'Gather') return undefined;
    const table = this.tensors.get(node.inputs[0] ?? '');
    if (!table || table.dims.reduce((product, dim) => product * dim, 1) > MAX_CLASSES) return undefined;
    return table.dataType === 8 ? textsOf(this.model, table) : [...(numbersOf(this.model, table) ?? [])];
  }

  private lists(node: NodeProto, names: string[]): ClassLabel[] | undefined {
    for (const name of names) {
      const isText = name.endsWith('strings');
      const values = isText ? stringsOf(this.model, node, name) : [...intsOf(this.model, node, name)];
      if (values.length > 0) return values;
    }
    return undefined;
  }
}

/** Converters of classical models, whose several columns are several targets. */
function isClassical({ producerName }: ModelProto): boolean {
  return /skl2onnx|onnxmltools|catboost|lightgbm|xgboost/i.test(producerName);
}
