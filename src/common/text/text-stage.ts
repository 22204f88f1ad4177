import { deserialize, serialize } from 'node:v8';
import { compileTermWeights, termColumns, type TermSpec } from './term-weights';

/** A text column as numbers: its term weights, times a table or as they are. */
export interface Bag {
  terms: TermSpec;
  /** [columns of the terms, width], row-major; null answers the weights themselves. */
  table: Float64Array | null;
  width: number;
  /** Without a table: the term that each column is, each at most once; all of them in order where it is not there. */
  kept?: Int32Array;
}

/** Which column of which text input a bag reads, and the input of the graph that it makes. */
export interface StagedBag extends Bag {
  input: string;
  column: number;
  /** Columns of that text input. */
  stride: number;
  output: string;
}

/** What is done to the text of a row before the graph runs, which cannot take text apart. Plain data. */
export interface TextStage {
  bags: StagedBag[];
}

/**
 * Prepares a bag: fills `width` numbers of `out` from `at` on. Sums go over the terms of the text alone.
 * The closure throws AppError invalid_input for a text that is too long.
 */
export function compileBag({ terms, table, width, kept }: Bag): (text: string, out: Float64Array, at: number) => void {
  const weigh = compileTermWeights(terms);
  if (kept) {
    const places = new Map(Array.from(kept, (term, place) => [term, place]));
    return (text, out, at) => {
      out.fill(0, at, at + width);
      for (const [term, weight] of weigh(text)) {
        const place = places.get(term);
        if (place !== undefined) out[at + place] = weight;
      }
    };
  }
  return (text, out, at) => {
    out.fill(0, at, at + width);
    for (const [term, weight] of weigh(text)) {
      if (!table) out[at + term] = weight;
      else for (let j = 0; j < width; j++) out[at + j]! += weight * table[term * width + j]!;
    }
  };
}

/** The inputs that a stage makes of the text of `rows` rows: [rows, width] under the name of each bag's output. */
export type StageRunner = (texts: ReadonlyMap<string, string[]>, rows: number) => Map<string, StagedInput>;

interface StagedInput {
  data: Float64Array;
  dims: number[];
}

/** Prepares a stage. The closure throws as {@link compileBag} does, and RangeError without one of its inputs. */
export function compileTextStage(stage: TextStage): StageRunner {
  const bags = stage.bags.map((bag) => ({ ...bag, fill: compileBag(bag) }));
  return (texts, rows) => {
    const made = new Map(
      bags.map(({ output, width }) => [output, { data: new Float64Array(rows * width), dims: [rows, width] }]),
    );
    for (let row = 0; row < rows; row++) {
      for (const { input, output, stride, column, width, fill } of bags) {
        const text = texts.get(input)?.[row * stride + column];
        if (text === undefined) throw new RangeError(`no text for row ${row} of ${input}`);
        fill(text, made.get(output)!.data, row * width);
      }
    }
    return made;
  };
}

/** The bytes of a stage; bags that share their terms share them afterwards. */
export function writeTextStage(stage: TextStage): Uint8Array {
  return serialize(stage);
}

/** Reads what {@link writeTextStage} wrote, on this machine. @throws RangeError when it is anything else */
export function readTextStage(bytes: Uint8Array): TextStage {
  const stage = deserialize(bytes) as TextStage;
  for (const { terms, table, width, kept } of stage.bags) {
    const columns = kept?.length ?? termColumns(terms);
    if (table ? table.length !== columns * width : columns !== width) {
      throw new RangeError(`a text stage of ${width} columns has a table of other sizes`);
    }
  }
  return stage;
}
