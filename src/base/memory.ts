const WORTHWHILE = 4096;

/**
 * Gives the memory of a large buffer back at once; whoever still holds a view of it then holds an empty one. Left to
 * the garbage collector, which sees only small objects, hundreds of MiB pile up at full speed.
 */
export function releaseMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const ownsAll = bytes.byteLength === buffer.byteLength && bytes.byteLength >= WORTHWHILE;
  if (ownsAll && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
