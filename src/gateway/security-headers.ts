/** The console needs its own files and connections, and nothing else; nothing inline. */
const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Pages of a web root: their own pictures and styles; no script where that would have the console's session. */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

const ALWAYS = {
  'content-security-policy': CONSOLE_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
} as const;

const YEAR_SECONDS = 31_536_000;

/** What every answer carries (HTTP.md 6). */
export function securityHeaders(overTls: boolean): Readonly<Record<string, string>> {
  return overTls ? { ...ALWAYS, 'strict-transport-security': `max-age=${YEAR_SECONDS}` } : ALWAYS;
}

/** @param besideConsole whether the console has the same origin */
export function pagePolicy(besideConsole: boolean): string {
  const own = besideConsole ? ['sandbox'] : ["script-src 'self'", "connect-src 'self'"];
  return [...PAGE_POLICY, ...own].join('; ');
}
