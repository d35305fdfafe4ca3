/** What stands behind # is sent to no server, and so is in no log. @param origin `http://127.0.0.1:8357` */
export function signInLink(origin: string, secret: string): string {
  return `${origin}/#sign-in=${secret}`;
}
