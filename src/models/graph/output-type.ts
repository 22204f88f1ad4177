import type { Dtype, GraphOutput } from './ir';

/** Datatypes that a compiled model answers in. */
export type OutputDatatype = 'FP64' | 'INT64' | 'BOOL' | 'BYTES';

const OF_DTYPE: Record<Dtype, OutputDatatype> = { f64: 'FP64', i64: 'INT64', bool: 'BOOL', text: 'BYTES' };

/** Datatype of an output. Boolean class labels are 0 and 1 (i64) inside a graph and BOOL outside. */
export function outputType(output: GraphOutput, dtype: Dtype): OutputDatatype {
  const booleanClasses = output.role === 'label' && typeof output.classes?.[0] === 'boolean';
  return booleanClasses && dtype === 'i64' ? 'BOOL' : OF_DTYPE[dtype];
}
