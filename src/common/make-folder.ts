import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder with those above it, and leaves one that is there. Node's own `recursive` goes round for ever where a
 * parent is there and its child can neither be made nor found, as below `/proc`.
 * @throws Error with the system's reason, that names the place that could not be made or is no folder
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let parent = path;
  while (!statSync(parent, { throwIfNoEntry: false })?.isDirectory() && dirname(parent) !== parent) {
    missing.push(parent);
    parent = dirname(parent);
  }
  for (const folder of missing.reverse()) makeOne(folder);
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
