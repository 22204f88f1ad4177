import { AppError } from '../common/errors';
import { listFew } from '../common/list-few';
import type { Signature } from '../common/signature';
import type { PreprocessorDocument } from '../preprocessing/preprocessor-spec';

const MAX_DETAILS = 100;

/**
 * Whether a model can take the records that a preprocessor makes. Fields that the model does not know are no fault: they
 * are ignored. Of the declared schema only `required` is asked, as what else it says is up to the values.
 * @throws AppError preprocessor_mismatch that names what is missing, where no record could ever be answered
 */
export function assertPreprocessorFits(
  { name, document }: { name: string; document: PreprocessorDocument },
  signature: Signature,
  inputSchema: Record<string, unknown> | null,
): void {
  const made = new Set(document.output.map(({ field }) => field));
  const needed = new Set([...featureNames(name, signature), ...requiredOf(inputSchema)]);
  const missing = [...needed].filter((field) => !made.has(field));
  if (missing.length === 0) return;
  throw new AppError(
    'preprocessor_mismatch',
    `The preprocessor ${name} does not make what the model takes: expected ${list(missing)} among its output fields, found ${list([...made])}`,
    {
      details: missing
        .slice(0, MAX_DETAILS)
        .map((field) => ({ field, message: `is not made by the preprocessor ${name}` })),
    },
  );
}

/** The fields that a record must have, by what decodes it: {@link compileRowDecoder} or {@link compileTensorDecoder}. */
function featureNames(preprocessor: string, { features, inputs }: Signature): string[] {
  if (features) {
    if (features.every(({ name }) => name !== undefined)) {
      return features.filter(({ ignored }) => !ignored).map(({ name }) => name ?? '');
    }
    throw mismatch(
      preprocessor,
      'has no feature names; upload it as a dict with "model" and "feature_names", or fitted on a data frame',
    );
  }
  if (inputs.length === 1) throw mismatch(preprocessor, 'takes an array, not a record');
  const array = inputs.find(({ shape }) => shape.length > 1);
  if (array)
    throw mismatch(preprocessor, `takes arrays, not single values: ${JSON.stringify(array.name)} takes an array`);
  return inputs.map(({ name }) => name);
}

function mismatch(preprocessor: string, why: string): AppError {
  return new AppError('preprocessor_mismatch', `The preprocessor ${preprocessor} makes records, and the model ${why}`);
}

function requiredOf(schema: Record<string, unknown> | null): string[] {
  const required = schema?.required;
  return Array.isArray(required) ? required.filter((field) => typeof field === 'string') : [];
}

function list(names: string[]): string {
  return listFew(names, (name) => JSON.stringify(name.slice(0, 80)));
}
