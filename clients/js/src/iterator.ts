import type { EntryResponse } from './wire.js';

interface Asking {
  resolve(result: IteratorResult<EntryResponse, undefined>): void;
  reject(error: unknown): void;
}

const over: IteratorResult<EntryResponse, undefined> = { done: true, value: undefined };

/** A consumer in the form of `for await`. An entry counts as handled when the loop asks for the next one: a slow loop holds the conversation up, and nothing piles up behind it. */
export class EntryIterator implements AsyncIterableIterator<EntryResponse> {
  private readonly asking: Asking[] = [];
  private offered: { entry: EntryResponse; handled: () => void } | undefined;
  private handled: (() => void) | undefined;
  private ended: { error?: unknown } | undefined;

  /** @param onReturn the loop was left. */
  constructor(private readonly onReturn: () => void) {}

  /** @returns when it was handled. */
  offer(entry: EntryResponse): Promise<void> {
    return new Promise((handled) => {
      const asking = this.asking.shift();
      if (this.ended !== undefined) handled();
      else if (asking === undefined) this.offered = { entry, handled };
      else this.give(asking, entry, handled);
    });
  }

  /** No entry follows. With an error: the loop throws it. */
  end(error?: unknown): void {
    if (this.ended !== undefined) return;
    this.ended = error === undefined ? {} : { error };
    this.offered?.handled();
    this.offered = undefined;
    this.letGo();
    for (const asking of this.asking.splice(0)) this.finish(asking);
  }

  next(): Promise<IteratorResult<EntryResponse, undefined>> {
    this.letGo();
    return new Promise((resolve, reject) => {
      const asking = { resolve, reject };
      if (this.offered !== undefined) {
        const { entry, handled } = this.offered;
        this.offered = undefined;
        this.give(asking, entry, handled);
      } else if (this.ended !== undefined) {
        this.finish(asking);
      } else {
        this.asking.push(asking);
      }
    });
  }

  return(): Promise<IteratorResult<EntryResponse, undefined>> {
    this.end();
    this.onReturn();
    return Promise.resolve(over);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private give(asking: Asking, entry: EntryResponse, handled: () => void): void {
    this.handled = handled;
    asking.resolve({ done: false, value: entry });
  }

  private letGo(): void {
    this.handled?.();
    this.handled = undefined;
  }

  private finish(asking: Asking): void {
    if (this.ended !== undefined && 'error' in this.ended) {
      asking.reject(this.ended.error);
      this.ended = {}; // Once: whoever asks again has been told.
    } else {
      asking.resolve(over);
    }
  }
}
