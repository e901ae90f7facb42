// A hub that keeps its logs in memory and does wrong exactly what a test tells it to. It speaks SignalR's JSON protocol over real sockets.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { WebSocketConnection } from './webSocket.mjs';

const separator = '\x1e';
const newest = 50;

/** Refuses a call, as the service does: `code: detail`. */
export class Refused extends Error {}

export class FakeHub {
  /** The entries of each conversation. */
  logs = new Map();

  /** Those that are there now. */
  connections = new Set();

  /** Every connection that ever was. */
  everyone = [];

  /** Every call, as `[method, ...arguments]`. */
  calls = [];

  /** Method → (connection, args, goOn) => answer: stands before the hub's own; `goOn()` is that one. */
  before = {};

  /** (token) => `[status, code]` to refuse with at negotiation, or undefined. */
  refuse = () => undefined;

  /** The address of another hub, to send clients to. */
  redirect;

  /** Entries of one page. */
  page = 1000;

  static async start() {
    const hub = new FakeHub();
    hub.server = createServer((request, response) => hub.#answer(request, response));
    hub.server.on('upgrade', (request, socket) => hub.#accept(request, socket));
    hub.server.listen(0, '127.0.0.1');
    await once(hub.server, 'listening');
    hub.url = `http://127.0.0.1:${hub.server.address().port}`;
    return hub;
  }

  async stop() {
    for (const connection of this.connections) connection.drop();
    this.server.close();
    this.server.closeAllConnections();
  }

  log(id) {
    if (!this.logs.has(id)) this.logs.set(id, []);
    return this.logs.get(id);
  }

  /** Stores a message; pushes it to whoever watches. */
  append(id, text, { clientMessageId = null, senderId = 'bob', push = true } = {}) {
    const log = this.log(id);
    const seq = log.length + 1;
    const at = new Date().toISOString();
    const message = { id: `m${seq}`, conversationId: id, seq, senderId, text, attachments: [], mentions: [], threadOf: null, replyCount: 0, reactions: {}, custom: null, rev: seq, createdAt: at, editedAt: null, deletedAt: null, pinnedAt: null, clientMessageId };
    const entry = { conversationId: id, seq, type: 'message.created', actorId: senderId, at, clientMessageId, message };
    log.push(entry);
    if (push) this.push(entry);
    return entry;
  }

  /** Pushes an entry to whoever watches its conversation, right or wrong. */
  push(entry) {
    for (const connection of this.connections) {
      if (connection.watches.has(entry.conversationId)) connection.event('Entry', entry);
    }
  }

  /** As if the process had been killed. */
  dropAll() {
    for (const connection of this.connections) connection.drop();
  }

  count(method) {
    return this.calls.filter(([name]) => name === method).length;
  }

  #answer(request, response) {
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*').setHeader('Access-Control-Allow-Credentials', 'true');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Requested-With, X-SignalR-User-Agent').setHeader('Content-Type', 'application/json');
    if (request.method === 'OPTIONS') return response.end();
    if (!request.url.startsWith('/realtime/negotiate')) return response.writeHead(404).end('{}');
    const token = request.headers.authorization?.replace('Bearer ', '');
    this.calls.push(['negotiate', token]);
    const refusal = this.refuse(token);
    if (refusal) return response.writeHead(refusal[0]).end(JSON.stringify({ status: refusal[0], code: refusal[1], detail: 'No.' }));
    if (this.redirect) return response.end(JSON.stringify({ url: `${this.redirect}/realtime`, accessToken: token }));
    const id = String(this.everyone.length);
    response.end(JSON.stringify({ connectionId: id, connectionToken: id, negotiateVersion: 1, availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }] }));
  }

  #accept(request, socket) {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? new URL(request.url, this.url).searchParams.get('access_token'); // browsers cannot set headers there
    const connection = new FakeConnection(this, new WebSocketConnection(request, socket), token);
    this.connections.add(connection);
    this.everyone.push(connection);
  }

  /** The hub's own answers. */
  methods = {
    Authenticate: (connection, token) => void (connection.token = token),
    JoinConversation: (connection, id, after) => this.methods.JoinConversations(connection, [{ conversationId: id, afterSeq: after }])[0],
    JoinConversations: (connection, requests) =>
      requests.map(({ conversationId, afterSeq }) => {
        connection.watches.add(conversationId);
        const log = this.log(conversationId);
        return { conversationId, ...(afterSeq === null ? { items: log.slice(-newest), lastSeq: log.length, complete: true } : this.#page(log, afterSeq, this.page)) };
      }),
    LeaveConversation: (connection, id) => void connection.watches.delete(id),
    ReadEntries: (_, id, after, limit) => this.#page(this.log(id), after, Math.min(limit, this.page)),
    SendMessage: (_, { conversationId, clientMessageId, text }) => {
      const known = this.log(conversationId).find((entry) => entry.clientMessageId === clientMessageId);
      const entry = known ?? this.append(conversationId, text, { clientMessageId, senderId: 'alice' });
      return { messageId: entry.message.id, seq: entry.seq, createdAt: entry.at, duplicate: known !== undefined };
    },
    EditMessage: (_, { conversationId }) => ({ seq: this.log(conversationId).length }),
    DeleteMessage: (_, id) => ({ seq: this.log(id).length }),
    AddReaction: (_, id) => ({ seq: this.log(id).length }),
    PinMessage: (_, id) => ({ seq: this.log(id).length }),
    UnpinMessage: (_, id) => ({ seq: this.log(id).length }),
    MarkDelivered: () => null,
    MarkRead: () => null,
    GetUnread: () => ({ total: 0, conversations: {} }),
    RemoveReaction: (_, id) => ({ seq: this.log(id).length }),
  };

  #page(log, after, limit) {
    const items = log.slice(after, after + limit);
    return { items, lastSeq: log.length, complete: after + items.length >= log.length };
  }
}

class FakeConnection {
  watches = new Set();
  #work = Promise.resolve();
  #greeted = false;

  constructor(hub, socket, token) {
    Object.assign(this, { hub, socket, token });
    socket.onText = (text) => {
      for (const part of text.split(separator).slice(0, -1)) this.#take(JSON.parse(part));
    };
    socket.onClose = () => hub.connections.delete(this);
  }

  event(target, ...args) {
    this.#send({ type: 1, target, arguments: args });
  }

  /** Closes as a server does that wants to: with an error, or for good. */
  close({ error, allowReconnect = false } = {}) {
    this.#send({ type: 7, ...(error && { error }), ...(allowReconnect && { allowReconnect }) });
    this.socket.close();
    this.hub.connections.delete(this);
  }

  /** Gone, without a word. */
  drop() {
    this.hub.connections.delete(this);
    this.socket.destroy();
  }

  #take(message) {
    if (!this.#greeted) {
      this.#greeted = true;
      this.#send({});
    } else if (message.type === 1) {
      // One call after another, as the service does.
      this.#work = this.#work.then(() => this.#call(message));
    }
  }

  async #call({ invocationId, target, arguments: args }) {
    const { hub } = this;
    hub.calls.push([target, ...args]);
    try {
      const goOn = () => hub.methods[target](this, ...args);
      const result = await (hub.before[target] ? hub.before[target](this, args, goOn) : goOn());
      this.#send({ type: 3, invocationId, ...(result === undefined ? {} : { result }) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#send({ type: 3, invocationId, error: error.message });
    }
  }

  #send(message) {
    this.socket.send(JSON.stringify(message) + separator);
  }
}
