// Two users on two replicas see each other's message; one disconnects, misses three, resumes and has them.
//
//   node two-replicas.mjs            (with the variables of the README's walk: CAAS, API_KEY, ROOM)
//
// Nothing here is special to the sample: a real client keeps the last seq per conversation in the same way.
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';

const gateway = process.env.CAAS ?? 'http://localhost:3000';
const apiKey = process.env.API_KEY;
const room = process.env.ROOM ?? 'lobby';
// Without these, the gateway sends each client to the least loaded replica. The sample names one each to be sure that there are two.
const replicas = (process.env.REPLICAS ?? 'http://localhost:3002,http://localhost:3003').split(',');

if (!apiKey) {
  console.error('Set API_KEY to the key that the walk in the README made.');
  process.exit(1);
}

/** A user token, as the product's backend would fetch it for its user. */
async function tokenFor(userId) {
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
class Client {
  constructor(userId, replica) {
    this.userId = userId;
    this.replica = replica;
    this.lastSeq = null;
    this.waiting = [];
  }

  async connect() {
    this.hub = new HubConnectionBuilder()
      .withUrl(`${this.replica}/realtime`, { accessTokenFactory: () => tokenFor(this.userId), transport: HttpTransportType.WebSockets, skipNegotiation: true })
      .configureLogging(LogLevel.Warning)
      .build();
    this.hub.on('Entry', (entry) => this.take(entry, 'live'));
    await this.hub.start();

    // null: from now on, with the newest page. A number: everything after it, in order. Live entries may come before this answer.
    let page = await this.hub.invoke('JoinConversation', room, this.lastSeq);
    const resuming = this.lastSeq !== null;
    for (;;) {
      for (const entry of page.items) this.take(entry, resuming ? 'missed' : 'before');
      this.lastSeq = Math.max(this.lastSeq ?? 0, page.items.length ? page.items.at(-1).seq : page.lastSeq);
      if (page.complete) return;
      page = await this.hub.invoke('ReadEntries', room, this.lastSeq, 1000);
    }
  }

  take(entry, how) {
    if (this.lastSeq !== null && entry.seq <= this.lastSeq) return; // seen before
    this.lastSeq = entry.seq;
    if (how !== 'before' && entry.type === 'message.created' && entry.message.senderId !== this.userId) {
      console.log(`${this.userId} (${how}) seq ${entry.seq}, ${entry.message.senderId}: ${entry.message.text}`);
    }
    this.waiting = this.waiting.filter(({ seq, done }) => (seq <= this.lastSeq ? done() : true));
  }

  /** Sends; the client id makes it safe to send again when no answer came. */
  async send(text) {
    return this.hub.invoke('SendMessage', { conversationId: room, text, clientMessageId: crypto.randomUUID() });
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

const alice = new Client('alice', replicas[0]);
const bob = new Client('bob', replicas.at(-1));
await Promise.all([alice.connect(), bob.connect()]);

const hello = await alice.send('Hello from the first replica');
await bob.has(hello.seq);
const reply = await bob.send('Hello from the second one');
await alice.has(reply.seq);

await bob.hub.stop();
console.log(`bob disconnects at seq ${bob.lastSeq}`);
let last;
for (const text of ['one', 'two', 'three']) last = await alice.send(`Missed ${text}`);

await bob.connect();
await bob.has(last.seq);
console.log(`bob resumes and has everything up to seq ${bob.lastSeq}`);

await Promise.all([alice.hub.stop(), bob.hub.stop()]);
