import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../src/common/errors';
import { importPickle } from '../../src/models/formats/pickle-model';
import type { ImportedModel } from '../../src/models/imported-model';

const GOLDEN = join(__dirname, '../golden');

/** Paths of the pickles below a folder of `test/golden`, in the order of their names. */
export function goldenPickles(folder: string): string[] {
  return readdirSync(join(GOLDEN, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.pkl'))
    .sort()
    .map((file) => join(GOLDEN, folder, file));
}

/** The model of a pickle, null when the file holds one that is not served. */
export function importServed(path: string): ImportedModel | null {
  try {
    return importPickle(readFileSync(path));
  } catch (error) {
    if (error instanceof AppError && error.code === 'model_unsupported') return null;
    throw error;
  }
}
