import { CaasError, LinkLost } from './errors.js';
import type { Link } from './link.js';
import { oneByOne, pause } from './time.js';

/** Of one send, edit, deletion, reaction or pin. */
export interface SendOptions {
  /**
   * Gives up waiting. A call that was not sent yet never is, and its promise fails with the signal's reason. One that was on its way may still be done: it fails with a `CaasError`
   * (`aborted`, `mayBeDone`, the reason as its `cause`).
   */
  signal?: AbortSignal;
}

interface Task {
  readonly conversationId: string;
  /** Makes the call. Made again, with the same arguments, until it is answered. */
  readonly call: (link: Link) => Promise<unknown>;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly clientMessageId: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Stops listening to {@link signal}. */
  forget: () => void;
  settled: boolean;
  /** Lets the next one of the conversation go. */
  over: () => void;
  /** It is on its way, or was, and no answer said that it was not done. */
  mayBeDone: boolean;
  /** The service closed the connection on it. */
  suspect: boolean;
}

/** So often a fault of the service's own may meet a call: it may be this very call's. */
const mostFaults = 5;

/** Where tasks get a link. */
export interface Links {
  linked(): Promise<Link>;
  readonly signal: AbortSignal;
}

/**
 * Calls that change conversations, in the sender's order: in each conversation one is on its way at a time, so that none overtakes another that has to be made again; conversations do not
 * wait for each other. A call without an answer is made again on the next link; one that the service cannot take now, or not so fast, is made again after a while.
 */
export class Outbox {
  private readonly queues = new Map<string, Task[]>();
  private readonly idle = new Set<() => void>();
  private waiting = 0;
  private readonly alone = oneByOne();

  /** @param most calls that may wait. */
  constructor(private readonly links: Links, private readonly most: number, private readonly backoff: (attempt: number) => number) {}

  /** Calls that are not answered yet. */
  get size(): number {
    return this.waiting;
  }

  /** @throws {CaasError} what it was refused with, `too_many_waiting`, or what ended the connection. */
  add<T>(conversationId: string, call: (link: Link) => Promise<T>, options: SendOptions & { clientMessageId?: string }): Promise<T> {
    const { signal, clientMessageId } = options;
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.waiting >= this.most) return reject(new CaasError('too_many_waiting', `${this.waiting} calls wait for their answers.`, { clientMessageId }));
      const task: Task = { conversationId, call, resolve, reject, clientMessageId, signal, forget: () => undefined, settled: false, over: () => undefined, mayBeDone: false, suspect: false };
      this.waiting++;
      if (signal !== undefined) {
        const onAbort = (): void => this.settle(task, () => reject(task.mayBeDone
          ? new CaasError('aborted', 'Aborted while it was on its way: whether it was done is not known.', { clientMessageId, mayBeDone: true, cause: signal.reason })
          : signal.reason));
        signal.addEventListener('abort', onAbort);
        task.forget = () => signal.removeEventListener('abort', onAbort);
      }
      const queue = this.queues.get(conversationId);
      if (queue !== undefined) {
        queue.push(task);
      } else {
        const tasks = [task];
        this.queues.set(conversationId, tasks);
        void this.work(conversationId, tasks);
      }
    });
  }

  /** When all that waits now is answered or given up. */
  flushed(): Promise<void> {
    return new Promise((resolve) => (this.waiting === 0 ? resolve() : void this.idle.add(resolve)));
  }

  private async work(conversationId: string, tasks: Task[]): Promise<void> {
    for (let task; (task = tasks[0]) !== undefined; tasks.shift()) {
      // Whoever gives up a call that is on its way holds up none that follows: the service carries out what comes on one connection in its order.
      await new Promise<void>((over) => {
        task.over = over;
        void this.carryOut(task);
      });
    }
    this.queues.delete(conversationId);
  }

  private async carryOut(task: Task): Promise<void> {
    for (let [attempt, faults] = [0, 0]; !task.settled; ) {
      let link;
      try {
        link = await this.links.linked();
      } catch (error) {
        const { code, detail } = error as CaasError;
        return this.settle(task, () => task.reject(new CaasError(code, detail, { clientMessageId: task.clientMessageId, mayBeDone: task.mayBeDone, cause: error })));
      }
      if (task.settled) return;
      try {
        const result = await (task.suspect ? this.alone(() => this.once(task, link)) : this.once(task, link));
        return this.settle(task, () => task.resolve(result as never));
      } catch (error) {
        if (error instanceof LinkLost) {
          if (error.refusal === undefined) continue;
          // The service closed it because of something that was on its way. One after another, they show which; the others get through.
          if (task.suspect) return this.refuse(task, error.refusal);
          task.suspect = true;
        } else if (error instanceof CaasError && (error.temporary || (error.code === 'internal_error' && ++faults < mostFaults))) {
          await pause(error.retryAfterMs ?? this.backoff(attempt++), this.signalOf(task));
        } else if (error instanceof CaasError && error.wantsToken) {
          void link.close(); // The connection is no longer who it was; the next one proves itself afresh.
        } else {
          return this.refuse(task, error);
        }
      }
    }
  }

  /** One try. Afterwards {@link Task.mayBeDone} is what its answer makes of it. */
  private async once(task: Task, link: Link): Promise<unknown> {
    if (task.settled || !link.alive) throw new LinkLost('It was not sent.'); // It waited for its turn among the suspects.
    const before = task.mayBeDone;
    task.mayBeDone = true;
    try {
      return await task.call(link);
    } catch (error) {
      // What was refused was not done; what an earlier try did, the refusal does not say.
      if (error instanceof CaasError && !error.leavesUnknown) task.mayBeDone = before;
      throw error;
    }
  }

  private refuse(task: Task, error: unknown): void {
    const { clientMessageId, mayBeDone } = task;
    const refused = error instanceof CaasError ? new CaasError(error.code, error.detail, { status: error.status, clientMessageId, mayBeDone, retryAfterMs: error.retryAfterMs }) : error;
    this.settle(task, () => task.reject(refused));
  }

  private settle(task: Task, how: () => void): void {
    if (task.settled) return;
    task.settled = true;
    task.forget();
    const queue = this.queues.get(task.conversationId);
    const at = queue?.indexOf(task) ?? 0;
    if (at > 0) queue?.splice(at, 1); // The first one is taken out by who works on it.
    how();
    task.over();
    if (--this.waiting > 0) return;
    for (const resolve of this.idle) resolve();
    this.idle.clear();
  }

  private signalOf(task: Task): AbortSignal {
    return task.signal === undefined ? this.links.signal : AbortSignal.any([task.signal, this.links.signal]);
  }
}
