import { AppError } from '../../../common/errors';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
  TypedField,
} from './model-proto';
import { ProtoReader, type Span } from './proto-reader';
import { READER_LIMITS } from './reader-limits';
import { readValueInfo } from './value-info-reader';

/**
 * Reads an ONNX ModelProto without copying its data: every tensor's header and where its bytes lie, every node and
 * attribute of the graph, its subgraphs and functions. Nothing is judged here; that is guard.ts.
 * @throws AppError model_corrupt with the offset, import_limit above {@link READER_LIMITS}
 */
export function readOnnx(bytes: Uint8Array): ModelProto {
  return new ModelReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).model();
}

/** Where in TensorProto each typed field stands, and how its entries are counted. */
const TYPED_FIELDS: Record<number, TypedField> = {
  4: 'float',
  5: 'int32',
  6: 'string',
  7: 'int64',
  10: 'double',
  11: 'uint64',
};

class ModelReader {
  private objects = 0;

  constructor(private readonly bytes: Buffer) {}

  model(): ModelProto {
    const reader = new ProtoReader(this.bytes);
    const metadata = new Map<string, string>();
    const opsets = new Map<string, number>();
    const model = { irVersion: 0, producerName: '', producerVersion: '', hasTraining: false };
    const functions: FunctionProto[] = [];
    let graph: GraphProto | null = null;
    while (reader.next()) {
      if (reader.field === 1) model.irVersion = reader.once().int64();
      else if (reader.field === 2) model.producerName = this.name(reader.once());
      else if (reader.field === 3) model.producerVersion = this.name(reader.once());
      else if (reader.field === 7) graph = this.graph(reader.once().bytes(), 0);
      else if (reader.field === 8) this.opset(reader, opsets);
      else if (reader.field === 14) this.metadata(reader.bytes(), metadata);
      else if (reader.field === 20) model.hasTraining = true;
      else if (reader.field === 25) functions.push(this.function(this.count(reader).bytes()));
    }
    if (!graph) throw new AppError('model_corrupt', 'broken ONNX file: expected a graph, found none');
    return { bytes: this.bytes, ...model, opsets, metadata, graph, functions };
  }

  private graph(span: Span, depth: number): GraphProto {
    if (depth > READER_LIMITS.depth) {
      throw new AppError('import_limit', `the ONNX file nests graphs more than ${READER_LIMITS.depth} deep`);
    }
    const reader = new ProtoReader(this.bytes, span);
    const graph: GraphProto = { span, nodes: [], initializers: [], sparseInitializers: [], inputs: [], outputs: [] };
    while (reader.next()) {
      if (reader.field === 1) graph.nodes.push(this.node(this.count(reader), depth));
      else if (reader.field === 5) graph.initializers.push(this.tensor(this.count(reader).bytes()));
      else if (reader.field === 11) graph.inputs.push(readValueInfo(this.bytes, this.count(reader).bytes()));
      else if (reader.field === 12) graph.outputs.push(readValueInfo(this.bytes, this.count(reader).bytes()));
      else if (reader.field === 15) graph.sparseInitializers.push(this.sparseTensor(this.count(reader)));
    }
    return graph;
  }

  private function(span: Span): FunctionProto {
    const reader = new ProtoReader(this.bytes, span);
    const texts = { name: '', domain: '', overload: '' };
    const lists = { inputs: [] as string[], outputs: [] as string[] };
    const nodes: NodeProto[] = [];
    const attributes: AttributeProto[] = [];
    while (reader.next()) {
      if (reader.field === 1) texts.name = this.name(reader.once());
      else if (reader.field === 4) lists.inputs.push(this.name(this.count(reader)));
      else if (reader.field === 5) lists.outputs.push(this.name(this.count(reader)));
      else if (reader.field === 7) nodes.push(this.node(this.count(reader), 0));
      else if (reader.field === 10) texts.domain = this.name(reader.once());
      else if (reader.field === 11) attributes.push(this.attribute(this.count(reader).bytes(), 0));
      else if (reader.field === 13) texts.overload = this.name(reader.once());
    }
    return { ...texts, ...lists, nodes, attributes };
  }

  private node(record: ProtoReader, depth: number): NodeProto {
    const reader = new ProtoReader(this.bytes, record.bytes());
    const texts = { opType: '', domain: '', overload: '', name: '' };
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, AttributeProto>();
    while (reader.next()) {
      if (reader.field === 1) inputs.push(this.name(this.count(reader)));
      else if (reader.field === 2) outputs.push(this.name(this.count(reader)));
      else if (reader.field === 3) texts.name = this.name(reader.once());
      else if (reader.field === 4) texts.opType = this.name(reader.once());
      else if (reader.field === 5) {
        const attribute = this.attribute(this.count(reader).bytes(), depth);
        if (attributes.has(attribute.name)) reader.fail(`expected attribute ${attribute.name} once, found it twice`);
        attributes.set(attribute.name, attribute);
      } else if (reader.field === 7) texts.domain = this.name(reader.once());
      else if (reader.field === 8) texts.overload = this.name(reader.once());
    }
    return { offset: record.tagStart, ...texts, inputs, outputs, attributes };
  }

  private attribute(span: Span, depth: number): AttributeProto {
    const reader = new ProtoReader(this.bytes, span);
    const attribute: AttributeProto = {
      span,
      ...{ name: '', type: 0, reference: '', float: 0, int: 0, string: null },
      ...{ floatCount: 0, intCount: 0, stringCount: 0, tensors: [], graphs: [], sparseTensors: [] },
    };
    while (reader.next()) this.attributeField(reader, attribute, depth);
    return attribute;
  }

  private attributeField(reader: ProtoReader, attribute: AttributeProto, depth: number): void {
    // The lists come first: a tree ensemble says millions of numbers one by one.
    if (reader.field === 8) attribute.intCount += reader.countInts();
    else if (reader.field === 7) attribute.floatCount += reader.countFixed(4);
    else if (reader.field === 9) attribute.stringCount += reader.bytes() && 1;
    else if (reader.field === 1) attribute.name = this.name(reader.once());
    else if (reader.field === 2) attribute.float = reader.once().float();
    else if (reader.field === 3) attribute.int = reader.once().int64();
    else if (reader.field === 4) attribute.string = reader.once().bytes();
    else if (reader.field === 5) attribute.tensors.push(this.tensor(reader.once().bytes()));
    else if (reader.field === 6) attribute.graphs.push(this.graph(reader.once().bytes(), depth + 1));
    else if (reader.field === 10) attribute.tensors.push(this.tensor(this.count(reader).bytes()));
    else if (reader.field === 11) attribute.graphs.push(this.graph(this.count(reader).bytes(), depth + 1));
    else if (reader.field === 20) attribute.type = reader.once().int32();
    else if (reader.field === 21) attribute.reference = this.name(reader.once());
    else if (reader.field === 22) attribute.sparseTensors.push(this.sparseTensor(reader.once()));
    else if (reader.field === 23) attribute.sparseTensors.push(this.sparseTensor(this.count(reader)));
  }

  private tensor(span: Span): TensorProto {
    const reader = new ProtoReader(this.bytes, span);
    const counts = { float: 0, int32: 0, string: 0, int64: 0, double: 0, uint64: 0 };
    const tensor: TensorProto = {
      span,
      ...{ name: '', dims: [], dataType: 0, raw: null, counts, isExternal: false, isSegment: false },
    };
    while (reader.next()) {
      const typed = TYPED_FIELDS[reader.field];
      if (typed) counts[typed] += countTyped(reader, typed);
      else if (reader.field === 1) this.dims(reader, tensor.dims);
      else if (reader.field === 2) tensor.dataType = reader.once().int32();
      else if (reader.field === 3) tensor.isSegment = true;
      else if (reader.field === 8) tensor.name = this.name(reader.once());
      else if (reader.field === 9) tensor.raw = reader.once().bytes();
      else if (reader.field === 13) tensor.isExternal = true;
      else if (reader.field === 14 && reader.once().int32() !== 0) tensor.isExternal = true;
    }
    return tensor;
  }

  private sparseTensor(record: ProtoReader): SparseTensorProto {
    const reader = new ProtoReader(this.bytes, record.bytes());
    const sparse: SparseTensorProto = { offset: record.tagStart, dims: [], values: null, indices: null };
    while (reader.next()) {
      if (reader.field === 1) sparse.values = this.tensor(reader.once().bytes());
      else if (reader.field === 2) sparse.indices = this.tensor(reader.once().bytes());
      else if (reader.field === 3) this.dims(reader, sparse.dims);
    }
    return sparse;
  }

  private dims(reader: ProtoReader, dims: number[]): void {
    const count = reader.countInts();
    if (dims.length + count > READER_LIMITS.rank) reader.fail(`expected at most ${READER_LIMITS.rank} axes`);
    const values = new Float64Array(count);
    reader.readInts(values, 0);
    dims.push(...values);
  }

  private opset(record: ProtoReader, opsets: Map<string, number>): void {
    const reader = new ProtoReader(this.bytes, this.count(record).bytes());
    let domain = '';
    let version = 0;
    while (reader.next()) {
      if (reader.field === 1) domain = this.name(reader.once());
      else if (reader.field === 2) version = reader.once().int64();
    }
    opsets.set(domain, version);
  }

  private metadata(span: Span, metadata: Map<string, string>): void {
    const reader = new ProtoReader(this.bytes, span);
    const entry = { key: '', value: '' };
    while (reader.next()) {
      if (reader.field === 1) entry.key = this.name(reader.once());
      else if (reader.field === 2) entry.value = reader.once().text(READER_LIMITS.metadataBytes);
    }
    if (metadata.size === READER_LIMITS.metadataEntries) reader.fail('expected fewer entries of metadata');
    metadata.set(entry.key, entry.value);
  }

  private name(reader: ProtoReader): string {
    return reader.text(READER_LIMITS.nameBytes);
  }

  private count(reader: ProtoReader): ProtoReader {
    if (++this.objects > READER_LIMITS.objects) {
      throw new AppError('import_limit', `the ONNX file holds more than ${READER_LIMITS.objects} nodes and names`);
    }
    return reader;
  }
}

function countTyped(reader: ProtoReader, field: TypedField): number {
  if (field === 'float') return reader.countFixed(4);
  if (field === 'double') return reader.countFixed(8);
  if (field === 'string') return reader.bytes() && 1;
  return reader.countInts();
}
