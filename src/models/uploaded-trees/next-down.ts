/**
 * The largest number below a finite one, of float32 or of double: `x < t` is `x <= nextDown(t)` for every x of that type
 * (IEEE 754-2019, 5.3.1).
 */
export function nextDown(value: number, isFloat: boolean): number {
  const view = new DataView(new ArrayBuffer(8));
  if (isFloat) {
    if (value === 0) return -(2 ** -149);
    view.setFloat32(0, value);
    view.setInt32(0, view.getInt32(0) + (value > 0 ? -1 : 1));
    return view.getFloat32(0);
  }
  if (value === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
