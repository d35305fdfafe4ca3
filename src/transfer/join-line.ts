/**
 * What a machine is given to join with (PROTOCOL.md 2.3): where the server is, a token that is good once, and the key that
 * must answer.
 *
 * @param address `HOST:PORT`
 * @param pin of the server, 43 characters
 */
export function joinLine(address: string, token: Uint8Array, pin: string): string {
  return `sesame://${address}/#${Buffer.from(token).toString('base64url')}.${pin}`;
}
