/**
 * What is made of something that changes now and then: made again when that is another one than the last time.
 *
 * @param source compared by identity
 * @param make called at once, so that what it throws is thrown where this is called
 */
export function remade<S, T>(source: () => S, make: (from: S) => T): () => T {
  let from = source();
  let made = make(from);
  return () => {
    const now = source();
    if (now !== from) {
      made = make(now);
      from = now;
    }
    return made;
  };
}
