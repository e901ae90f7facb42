// Two users on two replicas see each other's message; one disconnects, misses three, resumes and has them.
//
//   node two-replicas.mjs            (with the variables of the README's walk: CAAS, API_KEY, ROOM)
//
// Nothing here is special to the sample: a real client keeps the last seq per conversation in the same way (client.mjs).
import { Client, tokenFor } from './client.mjs';

const gateway = process.env.CAAS ?? 'http://localhost:3000';
const apiKey = process.env.API_KEY;
const room = process.env.ROOM ?? 'lobby';
// Without these, the gateway sends each client to the least loaded replica. The sample names one each to be sure that there are two.
const replicas = (process.env.REPLICAS ?? 'http://localhost:3002,http://localhost:3003').split(',');

if (!apiKey) {
  console.error('Set API_KEY to the key that the walk in the README made.');
  process.exit(1);
}

function clientOf(userId) {
  const token = () => tokenFor(gateway, apiKey, userId);
  return new Client({ userId, room, token, onEntry: (entry, how) => print(userId, entry, how) });
}

function print(userId, entry, how) {
  if (how !== 'before' && entry.type === 'message.created' && entry.message.senderId !== userId) {
    console.log(`${userId} (${how}) seq ${entry.seq}, ${entry.message.senderId}: ${entry.message.text}`);
  }
}

const alice = clientOf('alice');
const bob = clientOf('bob');
await Promise.all([alice.connect(replicas[0]), bob.connect(replicas.at(-1))]);

const hello = await alice.send('Hello from the first replica');
await bob.has(hello.seq);
const reply = await bob.send('Hello from the second one');
await alice.has(reply.seq);

await bob.hub.stop();
console.log(`bob disconnects at seq ${bob.lastSeq}`);
let last;
for (const text of ['one', 'two', 'three']) last = await alice.send(`Missed ${text}`);

await bob.connect(replicas.at(-1));
await bob.has(last.seq);
console.log(`bob resumes and has everything up to seq ${bob.lastSeq}`);

await Promise.all([alice.hub.stop(), bob.hub.stop()]);
