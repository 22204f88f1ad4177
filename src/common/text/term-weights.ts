import { compileAnalyzer, type AnalyzerSpec } from './analyze';
import { murmurHash3 } from './murmur-hash';

/** A vectorizer: how terms become columns and counts become weights. Plain data. */
export interface TermSpec extends AnalyzerSpec {
  /** The term of each column; null for hashed terms. */
  vocabulary: string[] | null;
  /** Columns of hashed terms, and whether a bit of the hash is their sign. */
  hashing: { size: number; alternateSign: boolean } | null;
  /** Every term that occurs counts 1. */
  binary: boolean;
  /** 1 + log(count) in place of the count. */
  sublinear: boolean;
  idf: Float64Array | null;
  norm: 'l1' | 'l2' | null;
  /** 1 for a weight above this and nothing for others, at the end; null leaves the weights. Never negative. */
  above: number | null;
}

/** The weights of a text that are not nothing, in the order in which their terms occur first. */
export type SparseRow = ReadonlyMap<number, number>;

/** How many columns a vectorizer has. */
export function termColumns(spec: TermSpec): number {
  return spec.hashing?.size ?? spec.vocabulary?.length ?? 0;
}

const COMPILED = new WeakMap<TermSpec, (text: string) => SparseRow>();

/**
 * Prepares `transform` of CountVectorizer, TfidfVectorizer or HashingVectorizer (sklearn/feature_extraction/text.py) for
 * one text, in double precision. Several tables over one spec share the work: the last text's row is kept, and so is what
 * was compiled. The closure throws AppError invalid_input for a text that is too long.
 */
export function compileTermWeights(spec: TermSpec): (text: string) => SparseRow {
  const known = COMPILED.get(spec);
  if (known) return known;
  const analyze = compileAnalyzer(spec);
  const count = spec.hashing ? compileHashing(spec.hashing) : compileVocabulary(spec.vocabulary ?? []);
  let last: { text: string; row: SparseRow } | null = null;
  const weigh = (text: string): SparseRow => {
    if (last?.text === text) return last.row;
    const row = count(analyze(text));
    weighTerms(row, spec);
    last = { text, row };
    return row;
  };
  COMPILED.set(spec, weigh);
  return weigh;
}

type Counter = (terms: readonly string[]) => Map<number, number>;

function compileVocabulary(vocabulary: readonly string[]): Counter {
  const columns = new Map(vocabulary.map((term, column) => [term, column]));
  return (terms) => {
    const counts = new Map<number, number>();
    for (const term of terms) {
      const column = columns.get(term);
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
    }
    return counts;
  };
}

/** `FeatureHasher` (sklearn/feature_extraction/_hashing_fast.pyx); terms that cancel each other stay, with 0. */
function compileHashing({ size, alternateSign }: { size: number; alternateSign: boolean }): Counter {
  const encoder = new TextEncoder();
  return (terms) => {
    const counts = new Map<number, number>();
    for (const term of terms) {
      const hash = murmurHash3(encoder.encode(term));
      const column = hash === -(2 ** 31) ? (2 ** 31 - 1 - (size - 1)) % size : Math.abs(hash) % size;
      counts.set(column, (counts.get(column) ?? 0) + (alternateSign && hash < 0 ? -1 : 1));
    }
    return counts;
  };
}

/** `TfidfTransformer.transform` and what surrounds it, in place. */
function weighTerms(row: Map<number, number>, { binary, sublinear, idf, norm, above }: TermSpec): void {
  let size = 0;
  for (const [column, count] of row) {
    let weight = binary ? 1 : count;
    if (sublinear) weight = Math.log(weight) + 1;
    if (idf) weight *= idf[column]!;
    size += norm === 'l2' ? weight * weight : Math.abs(weight);
    row.set(column, weight);
  }
  const length = norm === 'l2' ? Math.sqrt(size) : size;
  if (norm !== null && length > 0) for (const [column, weight] of row) row.set(column, weight / length);
  if (above !== null) for (const [column, weight] of row) row.set(column, weight > above ? 1 : 0);
}
