/** The longest time that a timer takes, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** Waits, but no longer than until the signal. Never fails. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(Math.max(0, ms), longestTimer));
    signal?.addEventListener('abort', done);
  });
}

/** Full jitter: anything between 0 and a bound that doubles from 1 s to 30 s. A thousand clients that lost the same replica come back spread out. */
export function fullJitter(attempt: number): number {
  return Math.random() * Math.min(30_000, 1000 * 2 ** Math.min(attempt, 10));
}

/** Does one piece of work after another, in the order in which they came. */
export type OneByOne = <T>(work: () => Promise<T>) => Promise<T>;

export function oneByOne(): OneByOne {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

interface TokenTimes {
  iat?: number;
  exp?: number;
}

/**
 * How long a token may be used before another one should be there: three quarters of its life, or all but a minute of it. By the token's own times where the clock here is wrong.
 * @returns milliseconds, at least 1,000; undefined when the token does not tell (the service closes the connection at its end, and a reconnect asks for another one).
 */
export function refreshAfter(token: string, now: number): number | undefined {
  const { iat, exp } = timesOf(token);
  if (typeof exp !== 'number') return undefined;
  const life = typeof iat === 'number' ? (exp - iat) * 1000 : Infinity;
  const left = exp * 1000 - now;
  const usable = Math.min(life, left > 0 ? left : life);
  if (!Number.isFinite(usable)) return 1000;
  return Math.min(Math.max(1000, usable * 0.75, usable - 60_000), longestTimer);
}

function timesOf(token: string): TokenTimes {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const times: unknown = JSON.parse(atob(payload));
    return typeof times === 'object' && times !== null ? times : {};
  } catch {
    return {}; // Not a JWT, or one that only the service reads.
  }
}
