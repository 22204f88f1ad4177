import { createRequire } from 'node:module';
import { AppError } from '../common/errors';

/** Reading YAML takes up to ten microseconds a character, on the thread that serves: JSON is for the larger documents. */
const MAX_CHARACTERS = 64 * 1024;
/** Finding an alias's anchor means walking the document, so their number is bounded before any is followed. */
const MAX_ALIASES = 100;

const load = createRequire(__filename);

/**
 * Reads one YAML 1.2 document of plain JSON values (core schema): no tags, no dates, no merge keys. Of a key said twice
 * the last counts, as in JSON.
 * @throws AppError bad_request with the place and the reason; body_too_large
 */
export function readYaml(text: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new AppError(
      'body_too_large',
      `YAML may have at most ${MAX_CHARACTERS} characters, found ${text.length}; send JSON instead`,
    );
  }
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = /call stack/.test(reason) ? 'it is nested too deeply' : firstLine(reason);
    throw new AppError('bad_request', `The body is not YAML that can be read: ${sentence}`, { cause: error });
  }
}

function parse(text: string): unknown {
  const { parseAllDocuments, visit } = load('yaml') as typeof import('yaml');
  // The check for keys said twice compares each key with all before it: five minutes for 100,000 keys.
  // Nor are errors made pretty, each with the line that it is in: half a minute for 80,000 tags in one line.
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [document] = documents;
  if (!document || documents.length !== 1) throw new Error(`expected one document, found ${documents.length}`);
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw new Error(`${problem.message}${placeOf(text, problem.pos[0])}`);
  let aliases = 0;
  visit(document, {
    Alias: () => {
      if (++aliases > MAX_ALIASES) throw new Error(`expected at most ${MAX_ALIASES} aliases`);
    },
  });
  return document.toJS({ maxAliasCount: MAX_ALIASES });
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return ` at line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200).replace(/:$/, '');
}
