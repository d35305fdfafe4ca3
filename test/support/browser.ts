// The console in a real browser: each test has a page of its own, and none may leave anything that went wrong in it.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { launchChromium } from './chromium.ts';
import type { SignedIn } from './web.ts';

const OUTPUT = fileURLToPath(new URL('../../test-output/console', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** ms; for what the page does by itself, on a machine that runs other tests besides. */
const PATIENCE = 10_000;

export const WIDE = { width: 1280, height: 800 } as const;
export const NARROW = { width: 390, height: 844 } as const;

const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile);
});`;

interface Opened extends BrowserContextOptions {
  /** Who is signed in; nobody unless told otherwise. */
  readonly as?: SignedIn;
  /** What stands behind the `/`: `#/files`. */
  readonly place?: string;
  /** Run in the page before its own scripts. */
  readonly script?: string;
}

/** One for a test file. */
export class ConsoleBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(await launchChromium());
  }

  /**
   * A page of the console with cookies and storage of its own, until the end of the test; the test fails where it
   * leaves a breach of the content security policy, an error or a refused request that it has not allowed.
   */
  async open(origin: string, { as, place = '', script, ...options }: Opened = {}): Promise<ConsolePage> {
    const context = await this.#browser.newContext({
      viewport: WIDE,
      colorScheme: 'light',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    await context.addInitScript({ content: REPORT_VIOLATIONS });
    if (script !== undefined) await context.addInitScript({ content: script });
    if (as) {
      const [name = '', value = ''] = as.cookie.split('=');
      await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: 'Strict' }]);
    }
    const opened = new ConsolePage(await context.newPage(), origin);
    if (!as) opened.allow(/^401 GET \/api\/session$/);
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') await opened.screenshot(`failed-${task.name}`);
      await context.close();
      expect(opened.trouble, 'what went wrong in the page').toEqual([]);
    });
    await opened.goTo(place);
    return opened;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#browser.close();
  }
}

export class ConsolePage {
  readonly page: Page;
  readonly #origin: string;
  readonly #trouble: string[] = [];
  readonly #allowed: RegExp[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
    page.on('pageerror', (error) => this.#trouble.push(`error: ${error.message}`));
    page.on('console', (message) => {
      const text = message.text();
      // That a request failed is told below, and by which one.
      if (['error', 'warning'].includes(message.type()) && !text.startsWith('Failed to load resource'))
        this.#trouble.push(`console: ${text}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400)
        this.#trouble.push(`${response.status()} ${described(response.request())}`);
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // What the page no longer wants, it aborts; so are downloads, for the page.
      if (reason !== 'net::ERR_ABORTED') this.#trouble.push(`${reason} ${described(request)}`);
    });
  }

  /** Names what is to go wrong: `401 POST /api/session`, `net::ERR_CONNECTION_REFUSED GET /api/live`. */
  allow(...expected: readonly RegExp[]): void {
    this.#allowed.push(...expected);
  }

  get trouble(): readonly string[] {
    return this.#trouble.filter((line) => !this.#allowed.some((pattern) => pattern.test(line)));
  }

  /** What stands in the address behind the origin. */
  get place(): string {
    return this.page.url().slice(this.#origin.length + 1);
  }

  async goTo(place: string): Promise<void> {
    await this.page.goto(`${this.#origin}/${place}`);
  }

  /** Resolves when the page with this heading is there. */
  async shows(heading: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  }

  /** Resolves when this text can be seen. */
  async says(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  dialog(title: string): Locator {
    return this.page.getByRole('dialog', { name: title, exact: true });
  }

  /** Resolves when this has the focus. */
  async focuses(element: Locator): Promise<void> {
    await element.and(this.page.locator(':focus')).waitFor();
  }

  /** The row of a table that has this text in it. */
  row(text: string): Locator {
    return this.page.locator('tbody').getByRole('row').filter({ hasText: text });
  }

  /** Breaches of the rules of accessibility, each with where it is. @param rule one of axe's alone */
  async axe(rule?: 'color-contrast'): Promise<string[]> {
    if (await this.page.evaluate<boolean>(`typeof axe === 'undefined'`)) await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate<AxeResults>(
      `axe.run(${JSON.stringify({ runOnly: rule ?? RULES, preload: false, resultTypes: ['violations'] })})`,
    );
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
  }

  /** The whole page, kept in test-output/console. */
  async screenshot(name: string): Promise<void> {
    const path = join(OUTPUT, `${name.replaceAll(/[^\w.-]+/g, '-').slice(0, 120)}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path, fullPage: true });
  }
}

/** What comes true in its own time: an expectation that is looked at again and again. */
export function eventually<T>(look: () => T, message?: string) {
  return expect.poll(look, { timeout: PATIENCE, ...(message !== undefined && { message }) });
}

function described(request: Request): string {
  return `${request.method()} ${new URL(request.url()).pathname}`;
}
