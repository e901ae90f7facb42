import { CaasError, LinkLost } from './errors.js';
import type { Intake } from './intake.js';
import type { Link } from './link.js';
import { pause, type OneByOne } from './time.js';

/** Entries that one read asks for: a compromise between round trips and the calls that wait behind it. */
const page = 500;

/** What a reader needs of its conversation. */
export interface Readable {
  /** The link on which the conversation is joined; without one, the next join brings what is missing. */
  link(): Link | undefined;
  /** Entries came. */
  progressed(): void;
  /** They cannot be read any more. */
  refused(error: CaasError): void;
  readonly backoff: (attempt: number) => number;
  /** One read at a time, in all conversations: the service does no two at once, and a limit is not run against by hundreds. */
  readonly oneByOne: OneByOne;
  readonly signal: AbortSignal;
}

/** Reads from the log what is missing, as soon as there is room for it: what was pushed while the consumer was slow, or never arrived. */
export class LogReader {
  private active = false;
  private due = 0;
  private sooner = new AbortController();

  constructor(private readonly id: string, private readonly intake: Intake, private readonly of: Readable) {}

  /** Something may be missing. @param patienceMs how long it may take to come by itself. */
  request(patienceMs: number): void {
    if (!this.needed) return;
    const due = performance.now() + patienceMs;
    if (!this.active) {
      this.due = due;
      void this.run();
    } else if (due < this.due) {
      this.due = due;
      this.sooner.abort();
    }
  }

  private get needed(): boolean {
    return this.intake.missing && this.intake.hasRoom && !this.of.signal.aborted;
  }

  private async run(): Promise<void> {
    this.active = true;
    for (let attempt = 0; this.needed; ) {
      await this.untilDue();
      const outcome = await this.of.oneByOne(() => this.read());
      if (outcome === 'stop') break;
      if (outcome === 'read') attempt = 0;
      else await pause(this.of.backoff(attempt++), this.of.signal);
    }
    this.active = false;
  }

  private async untilDue(): Promise<void> {
    for (let wait; (wait = this.due - performance.now()) > 0 && !this.of.signal.aborted; ) {
      this.sooner = new AbortController();
      await pause(wait, AbortSignal.any([this.sooner.signal, this.of.signal]));
    }
  }

  private async read(): Promise<'read' | 'later' | 'stop'> {
    const link = this.of.link();
    if (!this.needed || link === undefined) return 'stop';
    const after = this.intake.last ?? 0;
    try {
      this.intake.counters.reads++;
      this.intake.page(await link.call('ReadEntries', this.id, after, page));
      this.of.progressed();
      return this.intake.last === after && this.needed ? 'later' : 'read';
    } catch (error) {
      if (error instanceof LinkLost) return 'stop';
      if (!(error instanceof CaasError)) throw error;
      if (error.retryAfterMs !== undefined) {
        await pause(error.retryAfterMs, this.of.signal); // The others wait too.
        return 'read';
      }
      if (error.temporary || error.code === 'internal_error') return 'later';
      this.of.refused(error);
      return 'stop';
    }
  }
}
