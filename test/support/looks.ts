// How the console looks, on a desk and on a telephone, in light and dark.
import { expect } from 'vitest';
import { type ConsolePage, NARROW, WIDE } from './browser.ts';

/** Takes pictures of what is shown now in each shape and colour, and holds each against the rules. */
export async function looksWell(console: ConsolePage, name: string): Promise<void> {
  const { page } = console;
  for (const [shape, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await console.screenshot(`${name}-${viewport.width}-${colorScheme}`);
      // Nothing but the colours is another in the dark, and they are the same in every shape.
      const isDark = colorScheme === 'dark';
      if (isDark && shape === 'narrow') continue;
      const broken = await console.axe(isDark ? 'color-contrast' : undefined);
      expect.soft(broken, `${name}, ${shape}, ${colorScheme}`).toEqual([]);
    }
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect.soft(width, `${name}: its width`).toBeLessThanOrEqual(viewport.width);
  }
}
