/** The sample of a metric without labels in Prometheus' text format; NaN when there is none. */
export function sampleOf(text, name) {
  const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text);
  return found ? Number(found[1]) : NaN;
}
