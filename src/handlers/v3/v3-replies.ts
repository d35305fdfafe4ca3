/** What the dialect setting `v3.ack-payload` decides: 16 bytes of client id in 2104 and 2106, or none. */
export interface V3Replies {
  readonly ackPayload: 16 | 0;
}

export function clientIdField(clientId: Uint8Array, { ackPayload }: V3Replies): Uint8Array {
  return clientId.subarray(0, ackPayload);
}
