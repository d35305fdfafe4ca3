import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { complain } from './toasts.ts';

/** Something that is loaded: what is shown stays there while it is loaded again. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

/**
 * Loads when the component appears and when a dependency changes; where `everySeconds` is given, again and again
 * while the tab is looked at. What is overtaken is aborted.
 */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
  everySeconds?: number,
): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, 'reload'>>({
    data: undefined,
    error: undefined,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((value) => value + 1), []);

  useEffect(() => {
    const aborter = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(aborter.signal).then(
      (data) => {
        if (!aborter.signal.aborted) setState({ data, error: undefined, loading: false });
      },
      (error: unknown) => {
        if (aborter.signal.aborted) return;
        const problem = error instanceof Error ? error : new Error(String(error));
        setState((before) => ({ ...before, error: problem, loading: false }));
      },
    );
    return () => aborter.abort();
  }, [...dependencies, turn]);

  useEffect(() => {
    if (everySeconds === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everySeconds * 1000);
    return () => clearInterval(timer);
  }, [everySeconds, reload]);

  return { ...state, reload };
}

/** Something that the user starts: whether it is under way, and why it failed. */
export interface Action {
  readonly busy: boolean;
  readonly error: Error | undefined;
  readonly start: () => void;
}

/** Makes an action of a function. One at a time: starting it again while it runs does nothing. */
export function useAction(run: () => Promise<void>): Action {
  const [state, setState] = useState<Omit<Action, 'start'>>({ busy: false, error: undefined });
  const running = useRef(false);
  const start = (): void => {
    if (running.current) return;
    running.current = true;
    setState({ busy: true, error: undefined });
    run()
      .then(
        () => setState({ busy: false, error: undefined }),
        (error: unknown) =>
          setState({ busy: false, error: error instanceof Error ? error : new Error(String(error)) }),
      )
      .finally(() => (running.current = false))
      .catch(complain);
  };
  return { ...state, start };
}
