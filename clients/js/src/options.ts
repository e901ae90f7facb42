import { CaasError } from './errors.js';
import { fullJitter } from './time.js';

/** Where to connect, as whom, and how patiently. */
export interface CaasOptions {
  /** The gateway's address, such as `https://chat.example.com`: it sends each connection to the least loaded replica. Either this or {@link replica}. */
  gateway?: string;

  /** One replica's address: every connection goes there. */
  replica?: string;

  /**
   * A token of the user, from your backend. Asked before every connection and before the last one ends; give a fresh one each time. An error is tried again, unless it is a
   * {@link CaasError} that is not temporary: that one ends the connection, say after the user signed out.
   */
  getToken: () => Promise<string>;

  /** Milliseconds before the given attempt (0, 1, 2 …) to connect again. Default: full jitter, between 0 and a bound that doubles from 1 s to 30 s. */
  backoff?: (attempt: number) => number;

  /** Entries that wait in order, per conversation, for a consumer that is slower than the conversation; what is beyond them is read from the log later. 1 to 100,000, default 1,000. */
  bufferedEntries?: number;

  /** Sends that wait for their acknowledgement, in all conversations together; one more is refused with `too_many_waiting`. 1 to 100,000, default 1,000. */
  waitingSends?: number;

  /** Milliseconds that a missing entry is waited for before the log is read. 0 to 10,000, default 100. */
  holdMs?: number;

  /** Milliseconds that connecting may take. 100 to 300,000, default 15,000. */
  connectTimeoutMs?: number;

  /** Milliseconds that the service may take to answer a call before the connection counts as dead and the call is made again on another. 100 to 300,000, default 30,000. */
  callTimeoutMs?: number;
}

export interface Settings extends Required<Omit<CaasOptions, 'gateway' | 'replica'>> {
  readonly url: string;
  readonly redirects: boolean;
}

/** @throws {CaasError} `validation_failed`, naming what is wrong. */
export function settingsOf(options: CaasOptions): Settings {
  const { gateway, replica, getToken } = options;
  if ((gateway === undefined) === (replica === undefined)) throw invalid('Name either the gateway or a replica');
  if (typeof getToken !== 'function') throw invalid('getToken must be a function');
  return {
    url: absolute(gateway ?? replica ?? ''),
    redirects: gateway !== undefined,
    getToken,
    backoff: options.backoff ?? fullJitter,
    bufferedEntries: within('bufferedEntries', options.bufferedEntries, 1, 100_000, 1000),
    waitingSends: within('waitingSends', options.waitingSends, 1, 100_000, 1000),
    holdMs: within('holdMs', options.holdMs, 0, 10_000, 100),
    connectTimeoutMs: within('connectTimeoutMs', options.connectTimeoutMs, 100, 300_000, 15_000),
    callTimeoutMs: within('callTimeoutMs', options.callTimeoutMs, 100, 300_000, 30_000),
  };
}

function absolute(url: string): string {
  try {
    const { protocol } = new URL(url);
    if (protocol === 'http:' || protocol === 'https:') return url;
  } catch {
    // Said below.
  }
  throw invalid(`'${url}' must be an absolute http or https URL`);
}

function within(name: string, value: number | undefined, least: number, most: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (value >= least && value <= most) return value;
  throw invalid(`${name} must be ${least} to ${most}`);
}

function invalid(detail: string): CaasError {
  return new CaasError('validation_failed', `${detail}.`);
}
