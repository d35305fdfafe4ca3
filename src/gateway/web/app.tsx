import { useEffect, useState } from 'preact/hooks';
import { Shell } from './components/shell.tsx';
import { ToastList } from './components/toast-list.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { SignInLinkPage } from './pages/sign-in-link.tsx';
import { signInToken } from './router.ts';
import { resumeSession } from './session.ts';
import { session } from './session-state.ts';

const RETRY_MS = 2000;

/** The console: the sign-in page, or the page that the address names. Signing in leads back to that address. */
export function App() {
  return (
    <>
      <Content />
      <ToastList />
    </>
  );
}

function Content() {
  const unreachable = useSessionAtStart();
  const token = signInToken.value;
  if (token !== undefined) return <SignInLinkPage key={token} token={token} />;
  if (session.value === null) return <SignInPage />;
  if (session.value) return <Shell />;
  return (
    <main class="starting" aria-busy="true">
      {unreachable && <p role="status">The server cannot be reached. Trying again…</p>}
    </main>
  );
}

/** Asks who is signed in until there is an answer, and tells whether that takes more than one attempt. */
function useSessionAtStart(): boolean {
  const [unreachable, setUnreachable] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const attempt = (): void => {
      resumeSession().catch(() => {
        setUnreachable(true);
        timer = setTimeout(attempt, RETRY_MS);
      });
    };
    attempt();
    return () => clearTimeout(timer);
  }, []);
  return unreachable;
}
