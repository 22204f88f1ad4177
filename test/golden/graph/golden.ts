import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A number, or what JSON has no number for: NaN, infinities, -0; texts and booleans as they are. */
export type Cell = number | string | boolean;

export interface Table {
  shape: number[];
  data: Cell[];
}

interface GoldenFile<Case> {
  script: string;
  madeBy: string;
  cases: Record<string, Case>;
}

/** Cases of a golden file in this folder; each file names the script and the versions that wrote it. */
export function readGolden<Case>(name: string): Record<string, Case> {
  return (JSON.parse(readFileSync(join(__dirname, name), 'utf8')) as GoldenFile<Case>).cases;
}
