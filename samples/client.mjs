// All that a client of CaaS has to do: remember the last seq, join with it, drop what is not new.
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';

/** A user token, as the product's backend would fetch it for its user. */
export async function tokenFor(gateway, apiKey, userId) {
  const response = await fetch(`${gateway}/v1/users/${userId}/tokens`, {
    method: 'POST',
    headers: { 'X-Api-Key': apiKey, 'Content-Type': 'application/json' },
    body: '{}',
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${body.code}: ${body.detail}`);
  return body.token;
}

/** One user's view of one conversation: it knows the last seq it has, and can prove that nothing is missing. */
export class Client {
  /** @param {{ userId: string, room: string, token: () => Promise<string>, onEntry?: (entry: object, how: 'live' | 'missed' | 'before') => void }} options */
  constructor({ userId, room, token, onEntry = () => {} }) {
    Object.assign(this, { userId, room, token, onEntry, lastSeq: null, waiting: [] });
  }

  /** @param {string} replica where to connect. Other clients ask the gateway, which sends them to the least loaded one. */
  async connect(replica) {
    this.hub = new HubConnectionBuilder()
      .withUrl(`${replica}/realtime`, { accessTokenFactory: this.token, transport: HttpTransportType.WebSockets, skipNegotiation: true })
      .configureLogging(LogLevel.Warning)
      .build();
    this.hub.on('Entry', (entry) => this.take(entry, 'live'));
    await this.hub.start();

    // null: from now on, with the newest page. A number: everything after it, in order. Live entries may come before this answer.
    let page = await this.hub.invoke('JoinConversation', this.room, this.lastSeq);
    const resuming = this.lastSeq !== null;
    for (;;) {
      for (const entry of page.items) this.take(entry, resuming ? 'missed' : 'before');
      this.lastSeq = Math.max(this.lastSeq ?? 0, page.items.length ? page.items.at(-1).seq : page.lastSeq);
      if (page.complete) return;
      page = await this.hub.invoke('ReadEntries', this.room, this.lastSeq, 1000);
    }
  }

  take(entry, how) {
    if (this.lastSeq !== null && entry.seq <= this.lastSeq) return; // seen before
    this.lastSeq = entry.seq;
    this.onEntry(entry, how);
    this.waiting = this.waiting.filter(({ seq, done }) => (seq <= this.lastSeq ? done() : true));
  }

  /** Sends; the client id makes it safe to send again when no answer came. */
  async send(text) {
    return this.hub.invoke('SendMessage', { conversationId: this.room, text, clientMessageId: crypto.randomUUID() });
  }

  /** Resolves once this client has everything up to seq. */
  has(seq) {
    return new Promise((resolve, reject) => {
      if (this.lastSeq >= seq) return resolve();
      const timer = setTimeout(() => reject(new Error(`${this.userId} has ${this.lastSeq}, not ${seq}`)), 10_000);
      this.waiting.push({ seq, done: () => (clearTimeout(timer), resolve(), false) });
    });
  }
}
