export interface JsonBounds {
  maxDepth: number;
  /** How many values (objects, lists, scalars) the whole may have, shared parts counted wherever they stand. */
  maxValues: number;
}

/**
 * Says in words how `value` exceeds the bounds or is not plain JSON; null when all is well.
 * Iterative, so that neither depth, nor a cycle, nor a widely shared part (YAML aliases make them) can exhaust the stack
 * or the time before it is found.
 */
export function findExcess(value: unknown, bounds: JsonBounds): string | null {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let values = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    if (++values > bounds.maxValues) return `has more than ${bounds.maxValues} values`;
    if (next.depth > bounds.maxDepth) return `is nested more than ${bounds.maxDepth} levels deep`;
    const children = childrenOf(next.value);
    if (children === null) return 'holds a value that JSON has no form for, such as an infinite number';
    for (const child of children) open.push({ value: child, depth: next.depth + 1 });
  }
  return null;
}

function childrenOf(value: unknown): readonly unknown[] | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : null;
  if (typeof value !== 'object') return null;
  return Array.isArray(value) ? (value as unknown[]) : Object.values(value as Record<string, unknown>);
}

/** Whether a JSON value is an object, as opposed to a list, a scalar or null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON value in a few words for error sentences: `"noon"`, `12`, `null`, `a list`, `an object`; long text is cut. */
export function describeJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
