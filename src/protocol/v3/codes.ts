/** Request codes of v3 (PROTOCOL.md 1.1). */
export const RequestCode = {
  register: 1025,
  publicKey: 1026,
  reconnect: 1027,
  file: 1028,
  crcCorrect: 1029,
  crcWrong: 1030,
  crcGivingUp: 1031,
} as const;
export type RequestCode = (typeof RequestCode)[keyof typeof RequestCode];

/** Response codes of v3 (PROTOCOL.md 1.1). */
export const ResponseCode = {
  registered: 2100,
  registrationRefused: 2101,
  aesKey: 2102,
  fileReceived: 2103,
  acknowledged: 2104,
  reconnected: 2105,
  reconnectRefused: 2106,
  generalError: 2107,
} as const;
export type ResponseCode = (typeof ResponseCode)[keyof typeof ResponseCode];
