const FEW = 12;

/** Values in a sentence, at most twelve of them: `a, b and 3 more`. */
export function listFew<T>(values: readonly T[], show: (value: T) => string): string {
  const shown = values.slice(0, FEW).map(show).join(', ');
  return values.length > FEW ? `${shown} and ${values.length - FEW} more` : shown;
}
