// Stands in for mongosh: runs the script that --file names against a replica set that lives in $STAND_IN/world.json. Its clock moves only when somebody sleeps or waits in
// vain, so that minutes of waiting take no time. Every command is written to $STAND_IN/commands as host, user and JSON.
import fs from 'node:fs';
import vm from 'node:vm';
import { createRequire } from 'node:module';

const folder = process.env.STAND_IN;
const file = process.argv[process.argv.indexOf('--file') + 1];
const world = {
  nodes: {}, // host: { from: second from which it answers, set: true once a member, replSet: false without --replSet, setName: of another set }
  rootPassword: 'root-secret', // of the user that the image made on the first node
  primaryFrom: 12, // seconds from a set's beginning to its first primary
  startedAt: null,
  config: null,
  user: null,
  collections: {},
  faults: [], // { command, code, codeName, message, times }
  ...JSON.parse(fs.readFileSync(`${folder}/world.json`, 'utf8')),
};
const zero = 1_700_000_000_000;
let now = zero;
const second = () => (now - zero) / 1000;

function fail(code, codeName, message) {
  const error = new Error(message);
  return Object.assign(error, { name: 'MongoServerError', code, codeName });
}

/** The node behind a member; it may go by another name in the set. */
const nodeOf = (member) => (world.nodes[member.host] ? member.host : Object.keys(world.nodes)[member._id]);

function primary() {
  if (world.config === null || second() < world.startedAt + world.primaryFrom) return null;
  const alive = world.config.members.filter((member) => world.nodes[nodeOf(member)].set && second() >= world.nodes[nodeOf(member)].from);
  return alive.length * 2 > world.config.members.length ? nodeOf(alive.sort((a, b) => b.priority - a.priority)[0]) : null;
}

const commands = {
  hello(host) {
    const node = world.nodes[host];
    if (node.setName) return { setName: node.setName };
    if (node.set) return { setName: 'caas-rs', isWritablePrimary: primary() === host };
    return node.replSet === false ? { isWritablePrimary: true } : { isreplicaset: true };
  },
  replSetInitiate(host, { replSetInitiate: config }) {
    if (world.config) throw fail(23, 'AlreadyInitialized', 'already initialized');
    world.config = config;
    world.startedAt = second();
    for (const member of config.members) world.nodes[nodeOf(member)].set = true;
  },
  replSetGetConfig: () => ({ config: world.config }),
  usersInfo: () => ({ users: world.user ? [world.user] : [] }),
  createUser(host, { createUser: user, pwd, roles }) {
    world.user = { user, pwd, roles };
  },
  updateUser(host, { updateUser: user, pwd, roles }) {
    world.user = { user, pwd, roles };
  },
  create(host, { create: name }) {
    if (world.collections[name]) throw fail(48, 'NamespaceExists', `Collection caas.${name} already exists.`);
    world.collections[name] = [];
  },
  createIndexes(host, { createIndexes: name, indexes }) {
    for (const index of indexes) {
      const same = world.collections[name].find((other) => other.name === index.name);
      if (same && JSON.stringify(same) !== JSON.stringify(index)) throw fail(86, 'IndexKeySpecsConflict', `An existing index has the same name as the requested index: ${index.name}`);
      if (!same) world.collections[name].push(index);
    }
  },
  listCollections: () => ({ cursor: { firstBatch: Object.keys(world.collections) } }),
};
const open = ['hello'];
const writes = ['createUser', 'updateUser', 'create', 'createIndexes'];

function Mongo(uri) {
  const { username, password, host, searchParams } = new URL(uri);
  const user = decodeURIComponent(username);
  if (searchParams.get('directConnection') !== 'true') throw new Error('Without directConnection, the driver looks for the set that is not there yet.');
  if (!world.nodes[host] || second() < world.nodes[host].from) {
    now += Number(searchParams.get('serverSelectionTimeoutMS'));
    throw Object.assign(new Error(`connect ECONNREFUSED ${host}`), { name: 'MongoNetworkError' });
  }
  const secrets = { root: [world.rootPassword, 'admin', host === Object.keys(world.nodes)[0] || world.nodes[host].set], caas: [world.user?.pwd, 'caas', world.user !== null] };
  const [secret, source, known] = secrets[user] ?? [];
  if (user && (!known || decodeURIComponent(password) !== secret || searchParams.get('authSource') !== source)) throw fail(18, 'AuthenticationFailed', 'Authentication failed.');

  const getDB = (database) => ({
    runCommand(command) {
      const name = Object.keys(command)[0];
      fs.appendFileSync(`${folder}/commands`, `${host} ${user || '-'} ${database} ${JSON.stringify({ ...command, pwd: undefined })}\n`);
      const fault = world.faults.find((fault) => fault.command === name && fault.times > 0);
      if (fault) {
        fault.times--;
        throw fail(fault.code, fault.codeName, fault.message);
      }
      if (!open.includes(name) && !user) throw fail(13, 'Unauthorized', `Command ${name} requires authentication`);
      if (writes.includes(name) && primary() !== host) throw fail(10107, 'NotWritablePrimary', 'not primary');
      return { ok: 1, ...commands[name](host, command) };
    },
  });
  return { getDB, close() {} };
}

const context = vm.createContext({
  Mongo,
  process: { env: process.env },
  require: createRequire(import.meta.url),
  sleep(milliseconds) {
    now += milliseconds;
  },
  quit(code) {
    fs.writeFileSync(`${folder}/world.json`, JSON.stringify(world, null, 1));
    process.exit(code);
  },
});
vm.runInContext('globalThis.setClock = (read) => { Date.now = read; }', context);
context.setClock(() => now);
vm.runInContext(fs.readFileSync(file, 'utf8'), context, { filename: file });
