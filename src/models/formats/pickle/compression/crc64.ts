/** The reflected polynomial of ECMA-182, its high and low halves. */
const POLYNOMIAL_HIGH = 0xc96c5795 | 0;
const POLYNOMIAL_LOW = 0xd7870f42 | 0;
const HIGH = new Int32Array(256);
const LOW = new Int32Array(256);

for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const odd = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (POLYNOMIAL_LOW & odd);
    high = (high >>> 1) ^ (POLYNOMIAL_HIGH & odd);
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

/** CRC-64 as xz has it, in hexadecimal. Source: "The .xz file format" 1.2.1, section 6. */
export function crc64(bytes: Uint8Array): string {
  let high = -1;
  let low = -1;
  for (let at = 0; at < bytes.length; at++) {
    const index = (low ^ (bytes[at] as number)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
    high = (high >>> 8) ^ (HIGH[index] as number);
  }
  return hex(~high) + hex(~low);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
