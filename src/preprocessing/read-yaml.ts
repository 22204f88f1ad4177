import { createRequire } from 'node:module';
import { AppError } from '../common/errors';

/** How often anchors may be expanded, counted the way the yaml package does; a bomb needs millions. */
const MAX_ALIASES = 100;

const load = createRequire(__filename);

/**
 * Reads one YAML 1.2 document of plain JSON values (core schema): no tags of its own, no dates, no merge keys.
 * A key said twice is an error, as YAML has it.
 * @throws AppError bad_request with the place and the reason
 */
export function readYaml(text: string): unknown {
  const { parseAllDocuments } = load('yaml') as typeof import('yaml');
  try {
    const documents = parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      prettyErrors: true,
      logLevel: 'silent',
    });
    const [document] = documents;
    if (!document || documents.length !== 1) throw new Error(`expected one document, found ${documents.length}`);
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) throw problem;
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const reason =
      error instanceof RangeError ? 'it is nested too deeply' : error instanceof Error ? error.message : '';
    throw new AppError('bad_request', `The body is not YAML that can be read: ${firstLine(reason)}`, { cause: error });
  }
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200).replace(/:$/, '');
}
