import type { Session, SignIn, SignInLink } from '../api-types.ts';
import { api } from './api.ts';
import { ApiError } from './http.ts';
import { session, sessionEnded } from './session-state.ts';

function begin(begun: Session): void {
  sessionEnded.value = false;
  session.value = begun;
}

/** Finds out whether the cookie that the browser has still stands for a session. Throws what is not a plain no. */
export async function resumeSession(): Promise<void> {
  try {
    begin(await api.session());
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    session.value = null;
  }
}

/** Signs in with name and password. Throws ApiError. */
export async function signIn(credentials: SignIn): Promise<void> {
  begin(await api.signIn(credentials));
}

/** Uses up a sign-in link: its bearer sets the password. Throws ApiError. */
export async function signInWithLink(link: Required<SignInLink>): Promise<void> {
  begin(await api.useLink(link));
}

/** Ends the session here and in the server. A server that knows of none any more is as good. */
export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  session.value = null;
  sessionEnded.value = false;
}
