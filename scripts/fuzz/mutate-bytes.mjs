// Mutations that know nothing of a format.

const MAX_BLOCK = 64;

/** One change of some bytes; the source is left as it is. */
export function mutateBytes(source, random) {
  const bytes = Buffer.from(source);
  const at = random.below(bytes.length);
  switch (random.below(6)) {
    case 0:
      if (bytes.length > 0) bytes[at] ^= 1 << random.below(8);
      return bytes;
    case 1:
      if (bytes.length > 0) bytes[at] = random.below(256);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(MAX_BLOCK))]);
    case 4: {
      const from = random.below(bytes.length);
      const block = bytes.subarray(from, from + 1 + random.below(MAX_BLOCK));
      return Buffer.concat([bytes.subarray(0, at), block, bytes.subarray(at)]);
    }
    default:
      return mutateElements(bytes, random);
  }
}

/** Overwrites one or some elements, as of an array of 1, 4 or 8 bytes each, by numbers at which code breaks. */
export function mutateElements(source, random) {
  const bytes = Buffer.from(source);
  const size = random.pick([1, 4, 8, 8]);
  const count = Math.floor(bytes.length / size);
  if (count === 0) return bytes;
  const isFloat = size === 8 && random.chance(0.5);
  const value = isFloat ? random.number() : random.integer();
  const changes = random.chance(0.1) ? count : 1 + random.below(3);
  for (let i = 0; i < changes; i++) {
    const at = (changes === count ? i : random.below(count)) * size;
    if (isFloat) bytes.writeDoubleLE(value, at);
    else if (size === 8) bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)), at);
    else if (size === 4) bytes.writeInt32LE(value | 0, at);
    else bytes[at] = value;
  }
  return bytes;
}
