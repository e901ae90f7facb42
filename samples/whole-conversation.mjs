// Everything beside sending: who is there, typing, receipts, a quote, a thread, a mention, a poll, a file with a thumbnail, a pin, search. Two users on two replicas.
//
//   node whole-conversation.mjs      (with the variables of the README's walk: CAAS, API_KEY, ROOM)
import { ConversationMessages, uploadAttachment } from '@caas/client';
import { join, tokenFor } from './client.mjs';

const gateway = process.env.CAAS ?? 'http://localhost:3000';
const apiKey = process.env.API_KEY;
const room = process.env.ROOM ?? 'lobby';
const replicas = (process.env.REPLICAS ?? 'http://localhost:3002,http://localhost:3003').split(',').map((url) => url.trim());
const patience = 10_000;

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (!apiKey) giveUp('Set API_KEY to the key that the walk in the README made.');
setTimeout(() => giveUp('Not done within 60 s.'), 60_000).unref();

/** REST as the product's backend calls it: on behalf of a user, or (null) for itself. */
async function rest(userId, method, path, body) {
  const headers = { 'X-Api-Key': apiKey, ...(userId && { 'X-On-Behalf-Of': userId }), ...(body && { 'Content-Type': 'application/json' }) };
  const response = await fetch(gateway + path, { method, headers, body: body && JSON.stringify(body) });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) giveUp(`${method} ${path}: ${answer.code}: ${answer.detail}`);
  return answer;
}

/** The first event that is wanted. */
function next(listen, wanted, what) {
  return new Promise((resolve) => {
    const late = setTimeout(() => giveUp(`${what}: nothing came within ${patience / 1000} s.`), patience);
    const stop = listen((event) => {
      if (!wanted(event)) return;
      clearTimeout(late);
      stop();
      resolve(event);
    });
  });
}

async function enter(userId, replica) {
  const messages = new ConversationMessages();
  const getToken = () => tokenFor(gateway, apiKey, userId);
  const wrong = (error) => giveUp(`${userId} cannot enter '${room}' (gateway CAAS=${gateway}, replica ${replica}): ${error.message}`);
  const entered = await join({
    replica, room, after: 0, getToken,
    onEntry: (entry) => messages.apply(entry),
    onState: ({ state, error }) => void (state === 'connecting' && error && wrong(error)),
  }).catch(wrong);
  return { ...entered, userId, messages, getToken };
}

const bob = await enter('bob', replicas.at(-1));
const [before] = await bob.caas.followPresence(['alice']);
console.log(`alice is ${before.status}`);
const comes = before.status === 'online' ? before : next((on) => bob.caas.on('presence', on), ({ userId, status }) => userId === 'alice' && status === 'online', 'presence');
const alice = await enter('alice', replicas[0]);
console.log(`alice is ${(await comes).status}`);

const typing = next((on) => bob.chat.onTyping(on), ({ userIds }) => userIds.includes('alice'), 'typing');
await alice.chat.startTyping();
console.log((await typing).displayText);

const hello = await alice.chat.send('Lunch, @bob?');
await bob.chat.reached(hello.seq);
console.log(`bob is mentioned: ${bob.messages.find(hello.messageId).mentions.includes('bob')}`);

const receipt = next((on) => alice.caas.on('receipt', on), ({ userId, readSeq }) => userId === 'bob' && readSeq >= hello.seq, 'receipt');
bob.chat.markRead(hello.seq);
console.log(`bob has read it: ${(await receipt).readSeq >= hello.seq}`);

await bob.chat.react(hello.messageId, '👍');
const reply = await bob.chat.send({ text: 'Where?', threadOf: hello.messageId });
const poll = await alice.chat.send({ text: 'You say', quoteOf: reply.messageId, poll: { options: ['Pizza', 'Noodles'] } });
const vote = await bob.chat.votePoll(poll.messageId, ['2']);
const pin = await rest(null, 'PUT', `/v1/conversations/${room}/messages/${poll.messageId}/pin`).then((message) => message.rev);
await Promise.all([alice, bob].map(({ chat }) => chat.reached(Math.max(vote.seq, pin))));
const [root, asked] = [hello, poll].map(({ messageId }) => alice.messages.find(messageId));
console.log(`the first message has ${root.replyCount} reply and ${root.reactions['👍'].count} 👍`);
console.log(`the poll quotes "${asked.quote.text}", ${asked.poll.options[1].text} has ${asked.poll.options[1].votes} vote, pinned: ${asked.pinnedAt !== null}`);

// The smallest PNG there is.
const png = Uint8Array.from(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
const file = await uploadAttachment(new Blob([png], { type: 'image/png' }), { gateway, getToken: alice.getToken, name: 'menu.png' });
const sent = await alice.chat.send({ text: 'The menu', attachments: [file] });
await bob.chat.reached(sent.seq);
const [menu] = bob.messages.find(sent.messageId).attachments;
console.log(`bob gets ${menu.name}, ${menu.width} × ${menu.height}`);

for (let tries = 1; ; tries++) {
  const { items } = await rest('bob', 'GET', `/v1/search/messages?q=men&conversationId=${room}`);
  if (items.some(({ message }) => message.id === sent.messageId)) {
    console.log(`bob finds it by "men"`);
    break;
  }

  if (tries === 50) giveUp('The search does not find the message.');
  await new Promise((resolve) => setTimeout(resolve, 200));
}

await Promise.all([alice, bob].map(({ caas }) => caas.close()));
