/**
 * Bytes of the mark that some programs put before UTF-8: 3 where there is one, else 0. JSON may be read past it (RFC
 * 8259, section 8.1).
 */
export function byteOrderMarkOf(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
