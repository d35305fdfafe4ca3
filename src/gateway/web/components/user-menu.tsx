import { session } from '../session-state.ts';
import { signOut } from '../session.ts';
import { chooseTheme, theme, type Theme } from '../theme.ts';
import { complain } from '../toasts.ts';
import { Icon } from './icon.tsx';
import { Text } from './text.tsx';

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const TITLES: Readonly<Record<Theme, string>> = {
  system: 'Colours: as the system has them',
  light: 'Colours: light',
  dark: 'Colours: dark',
};

/** Who is signed in, dark or light, and the way out. */
export function UserMenu() {
  const user = session.value?.user;
  return (
    <div class="user-menu">
      <div class="user">
        <span class="user-name">
          <Text of={user?.name ?? ''} />
        </span>
        <span class="user-role">{user?.role}</span>
      </div>
      <button
        type="button"
        class="button quiet square"
        aria-label={TITLES[theme.value]}
        title={TITLES[theme.value]}
        onClick={() => chooseTheme(NEXT[theme.value])}
      >
        <Icon name={theme.value} />
      </button>
      <button
        type="button"
        class="button quiet square"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void signOut().catch(complain)}
      >
        <Icon name="leave" />
      </button>
    </div>
  );
}
