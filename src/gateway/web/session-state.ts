import { computed, signal } from '@preact/signals';
import type { Session } from '../api-types.ts';

/** Who is signed in: undefined while nobody has asked the server yet, null for nobody. */
export const session = signal<Session | null | undefined>(undefined);

/** Whether a session ended under the user's hands, which the sign-in page then says. */
export const sessionEnded = signal(false);

/** Whether the user may change things. The server decides; the console only hides what would be refused. */
export const isOperator = computed(() => session.value?.user.role === 'operator');

/** Called on the first refusal for want of a session. */
export function endSession(): void {
  if (session.value) sessionEnded.value = true;
  session.value = null;
}
