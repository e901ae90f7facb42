// Two users on two replicas see each other's message; one disconnects, misses three, resumes and has them.
//
//   node two-replicas.mjs            (with the variables of the README's walk: CAAS, API_KEY, ROOM)
import { join, tokenFor } from './client.mjs';

const gateway = process.env.CAAS ?? 'http://localhost:3000';
const apiKey = process.env.API_KEY;
const room = process.env.ROOM ?? 'lobby';
// Without these, the gateway sends each client to the least loaded replica. The sample names one each to be sure that there are two.
const replicas = (process.env.REPLICAS ?? 'http://localhost:3002,http://localhost:3003').split(',').map((url) => url.trim());

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (!apiKey) giveUp('Set API_KEY to the key that the walk in the README made.');

/** The client would try again for as long as it takes, as an application wants it. A sample says what is wrong. */
async function enter(userId, replica, after) {
  const wrong = (error) => giveUp(`${userId} cannot enter '${room}' (gateway CAAS=${gateway}, replica of REPLICAS ${replica}): ${error.message}`);
  try {
    return await join({
      replica,
      room,
      after,
      getToken: () => tokenFor(gateway, apiKey, userId),
      onEntry: (entry, origin) => print(userId, entry, origin),
      onState: ({ state, error }) => void (state === 'connecting' && error && wrong(error)),
    });
  } catch (error) {
    return wrong(error);
  }
}

function print(userId, entry, origin) {
  if (origin !== 'recent' && entry.type === 'message.created' && entry.message.senderId !== userId) {
    console.log(`${userId} (${origin}) seq ${entry.seq}, ${entry.message.senderId}: ${entry.message.text}`);
  }
}

const alice = await enter('alice', replicas[0]);
let bob = await enter('bob', replicas.at(-1));

const hello = await alice.chat.send('Hello from the first replica');
await bob.chat.reached(hello.seq);
const reply = await bob.chat.send('Hello from the second one');
await Promise.all([alice, bob].map(({ chat }) => chat.reached(reply.seq)));

await bob.caas.close();
const { lastSeq } = bob.chat;
console.log(`bob disconnects at seq ${lastSeq}`);
let last;
for (const text of ['one', 'two', 'three']) last = await alice.chat.send(`Missed ${text}`);

bob = await enter('bob', replicas.at(-1), lastSeq);
await bob.chat.reached(last.seq);
console.log(`bob resumes and has everything up to seq ${bob.chat.lastSeq}`);

await Promise.all([alice.caas.close(), bob.caas.close()]);
