import { escapeText, isSafe, shorten, textParts } from '../display-text.ts';
import { formatRelative, formatTime } from '../format.ts';
import { now } from '../clock.ts';

const LONG = 160;

/** A name or message from outside. Whatever it holds, it stays one piece of text, in its own place. */
export function Text({ of, limit }: { readonly of: string; readonly limit?: number }) {
  const shown = limit === undefined ? of : shorten(of, limit);
  return (
    <bdi class="text" title={shown === of ? undefined : escapeText(shorten(of, 1000))}>
      {isSafe(shown)
        ? shown
        : textParts(shown).map(({ text, escaped }) => (escaped ? <span class="escaped">{text}</span> : text))}
    </bdi>
  );
}

/** A path on one line: the file's name stays readable, and its folders give way. */
export function PathText({ path }: { readonly path: string }) {
  const slash = path.lastIndexOf('/') + 1;
  return (
    <span class="path" title={escapeText(shorten(path, 1000))}>
      {slash > 0 && (
        <span class="path-folder">
          <Text of={shorten(path.slice(0, slash), LONG)} />
        </span>
      )}
      <span class="path-name">
        <Text of={shorten(path.slice(slash), LONG)} />
      </span>
    </span>
  );
}

/** A point in time, to the minute; its title says it in UTC. */
export function Time({ of, seconds = false }: { readonly of: string; readonly seconds?: boolean }) {
  return (
    <time class="number" dateTime={of} title={of}>
      {formatTime(of, { seconds })}
    </time>
  );
}

/** How long ago, or how far ahead. */
export function Ago({ of }: { readonly of: string }) {
  return (
    <time class="number" dateTime={of} title={formatTime(of, { seconds: true })}>
      {formatRelative(of, now.value)}
    </time>
  );
}
