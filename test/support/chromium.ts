// Debian's chromium, as tests and the README's screenshot use it.
import { chromium, type Browser } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Without a window. As root it has no sandbox: there are only our own pages in it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--font-render-hinting=none', '--hide-scrollbars'],
  });
}
