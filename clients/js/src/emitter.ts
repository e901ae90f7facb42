type Listener<T> = (event: T) => void;

/** Typed listeners. A listener that throws stops neither the others nor the client: its error is handed to `onFault`. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  constructor(private readonly onFault: (fault: unknown) => void) {}

  /** @returns ends it. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    // An own function each time: the same listener may be given twice.
    const own = (value: Events[K]): void => listener(value);
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all.add(own));
    return () => void all.delete(own);
  }

  /** @returns whether anybody listened. */
  emit<K extends keyof Events>(event: K, value: Events[K]): boolean {
    const all = [...(this.listeners.get(event) ?? [])] as Listener<Events[K]>[];
    for (const listener of all) {
      try {
        listener(value);
      } catch (fault) {
        this.onFault(fault);
      }
    }
    return all.length > 0;
  }
}
