/** Request codes of v4 (PROTOCOL.md 2.2). */
export const V4RequestCode = {
  hello: 1101,
  join: 1102,
  open: 1103,
  data: 1104,
  commit: 1105,
  put: 1106,
  cancel: 1107,
  folder: 1108,
  list: 1109,
  fetch: 1110,
  knockKey: 1111,
  waiting: 1112,
} as const;

/** Response codes of v4 (PROTOCOL.md 2.2). */
export const V4ResponseCode = {
  welcome: 2201,
  refused: 2202,
  opened: 2203,
  window: 2204,
  receipt: 2205,
  done: 2206,
  listing: 2207,
  file: 2208,
  content: 2209,
  knockKey: 2210,
} as const;
