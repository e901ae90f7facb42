// What init-replica-and-collections.sh does, as a script of mongosh. It is written without await and without callbacks around calls of the server: mongosh waits for
// each of them by itself, but not for one that is returned from inside a try: there the value is taken first. Exit code 0: done; 2: it cannot be done, and one sentence on standard error says why.
const fs = require('fs');

const SET = 'caas-rs';
const DATABASE = 'caas';
const USER = 'caas';
const HOSTS = (process.env.MONGO_HOSTS || 'mongodb-primary:27017,mongodb-secondary-1:27017,mongodb-secondary-2:27017').split(',');
// The names that the members and the clients know them by: another one only where a single node of a developer is called localhost by everyone outside of its container.
const MEMBERS = process.env.MONGO_MEMBERS ? process.env.MONGO_MEMBERS.split(',') : HOSTS;
const PRIORITIES = [2, 1, 1];
const ROLES = [{ role: 'readWrite', db: DATABASE }]; // change streams on its own collections included
const SECONDS = Number(process.env.CAAS_INIT_TIMEOUT || 180);
const ENDS = Date.now() + SECONDS * 1000;
const MAJORITY = { w: 'majority', wtimeout: 10000 };

// The server's error codes, by which it says what it means.
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
const ALREADY_INITIALIZED = 23;
const NAMESPACE_EXISTS = 48;
const OTHER_INDEX = [85, 86]; // of this name, or of these fields, with other options
const PASSING = [6, 7, 64, 74, 89, 91, 189, 9001, 10058, 10107, 11600, 11602, 13435, 13436]; // networks, quorums, elections, shutdowns

/** What a person must mend. */
class Refusal extends Error {}

function say(text) {
  fs.writeSync(1, `mongodb-init: ${text}\n`);
}

function open(host, login) {
  const user = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : '';
  const source = login ? `&authSource=${login.source}` : '';
  return Mongo(`mongodb://${user}${host}/?directConnection=true&serverSelectionTimeoutMS=2000&connectTimeoutMS=2000&socketTimeoutMS=30000${source}`);
}

const ROOT = { user: process.env.MONGO_ROOT_USER, password: process.env.MONGO_ROOT_PASSWORD, source: 'admin' };

/** How a node sees itself; null: it does not answer. */
function helloOf(host) {
  let connection = null;
  try {
    connection = open(host, null);
    const view = connection.getDB('admin').runCommand({ hello: 1 });
    return view;
  } catch (error) {
    return null;
  } finally {
    if (connection !== null) connection.close();
  }
}

let saidAt = 0;

/** Pauses before the next try; every 10 s it says what it waits for. */
function pause(what, toDo) {
  if (Date.now() >= ENDS) throw new Refusal(`${what} within ${SECONDS} s: ${toDo}`);
  if (Date.now() - saidAt >= 10000) {
    saidAt = Date.now();
    say(`waiting: ${what} yet (${Math.round((ENDS - Date.now()) / 1000)} s left)`);
  }
  sleep(1000);
}

function nameOf(host) {
  return host.split(':')[0];
}

/** Waits until every node answers. */
function waitForNodes() {
  const views = [];
  for (const host of HOSTS) {
    let view = helloOf(host);
    while (view === null) {
      pause(`${host} does not answer`, `look at 'docker compose logs ${nameOf(host)}', then run this again.`);
      view = helloOf(host);
    }
    if (!view.setName && !view.isreplicaset) throw new Refusal(`${host} runs without --replSet: start it by init/mongodb/start-node.sh.`);
    if (view.setName && view.setName !== SET) throw new Refusal(`${host} belongs to the replica set ${view.setName}, not to ${SET}: its volume is of another deployment; give it one of its own.`);
    views.push(view);
    say(`${host} answers${view.setName ? `, as a member of ${SET}` : ''}`);
  }
  return views;
}

function isPassing(error) {
  return PASSING.includes(error.code) || /^Mongo(Network|ServerSelection)/.test(error.name || '') || (error.hasErrorLabel !== undefined && error.hasErrorLabel('RetryableWriteError'));
}

function asRoot(host) {
  try {
    const connection = open(host, ROOT);
    return connection;
  } catch (error) {
    if (error.code !== AUTHENTICATION_FAILED && !/Authentication failed/.test(error.message)) throw error;
    throw new Refusal(`${host} refuses MONGO_ROOT_USER with MONGO_ROOT_PASSWORD: they must be those of the first start of its volume; put these into .env, or, if that start was broken off or its data is not needed, begin anew with 'docker compose down -v'.`);
  }
}

/** Makes the nodes a set, unless they are one. */
function initiate(views) {
  const members = [];
  for (let i = 0; i < MEMBERS.length; i++) members.push({ _id: i, host: MEMBERS[i], priority: PRIORITIES[i] || 1 });
  // One member is enough: whoever is none, such as a node whose volume was lost, is told by the others and copies their data.
  for (const view of views) if (view.setName) return;

  for (;;) {
    let connection = null;
    try {
      connection = asRoot(HOSTS[0]);
      connection.getDB('admin').runCommand({ replSetInitiate: { _id: SET, members } });
      say(`${SET} is initiated`);
      return;
    } catch (error) {
      if (error.code === ALREADY_INITIALIZED) return;
      if (error instanceof Refusal || !isPassing(error)) throw error;
      pause(`${SET} could not be initiated (${error.message})`, 'all nodes need the same keyfile and the same MONGO_ROOT_PASSWORD, and must reach each other by these names.');
    } finally {
      if (connection !== null) connection.close();
    }
  }
}

/** Waits until one of the nodes is the primary. */
function waitForPrimary() {
  for (;;) {
    for (const host of HOSTS) {
      const view = helloOf(host);
      if (view !== null && view.isWritablePrimary) return host;
    }
    pause(`${SET} has no primary`, "two of its three nodes must run and see each other; look at 'docker compose ps' and at the nodes' logs.");
  }
}

/** The set must be of the nodes that the services are told of. */
function checkMembers(admin) {
  const hosts = [];
  for (const member of admin.runCommand({ replSetGetConfig: 1 }).config.members) hosts.push(member.host);
  const missing = MEMBERS.filter((host) => !hosts.includes(host));
  if (missing.length > 0) {
    throw new Refusal(`${SET} has the members ${hosts.join(', ')} and lacks ${missing.join(', ')}: add each on the primary with rs.add("host:27017"), or begin anew with 'docker compose down -v' if its data is not needed.`);
  }
}

function ensureUser(database) {
  const exists = database.runCommand({ usersInfo: USER }).users.length > 0;
  const user = { pwd: process.env.MONGO_APP_PASSWORD, roles: ROLES, writeConcern: MAJORITY };
  database.runCommand(exists ? { updateUser: USER, ...user } : { createUser: USER, ...user });
  say(`user ${USER} ${exists ? 'stands' : 'is made'}`);
}

function ensureCollections(database) {
  const wanted = JSON.parse(fs.readFileSync(`${process.env.CAAS_INIT_FOLDER}/collections.json`, 'utf8')).collections;
  let indexes = 0;
  for (const collection of wanted) {
    try {
      database.runCommand({ create: collection.name, writeConcern: MAJORITY });
    } catch (error) {
      if (error.code !== NAMESPACE_EXISTS) throw error;
    }
    indexes += collection.indexes.length;
    if (collection.indexes.length === 0) continue;
    try {
      // Of a majority, so that a node that is away holds up nothing.
      database.runCommand({ createIndexes: collection.name, indexes: collection.indexes, commitQuorum: 'majority', writeConcern: MAJORITY });
    } catch (error) {
      if (!OTHER_INDEX.includes(error.code)) throw error;
      throw new Refusal(`collection ${collection.name} has an index that the application does not want so (${error.message}): drop that index, then run this again.`);
    }
  }
  say(`${wanted.length} collections and ${indexes} indexes stand`);
}

/** What the services will do: log in, and see their database. */
function checkUser(host) {
  const connection = open(host, { user: USER, password: process.env.MONGO_APP_PASSWORD, source: DATABASE });
  connection.getDB(DATABASE).runCommand({ listCollections: 1, nameOnly: true });
  connection.close();
}

/** Everything that only a primary takes; from the beginning again where it has just ceased to be it. */
function fill() {
  for (;;) {
    const primary = waitForPrimary();
    let connection = null;
    try {
      connection = asRoot(primary);
      checkMembers(connection.getDB('admin'));
      say(`${primary} is the primary`);
      ensureUser(connection.getDB(DATABASE));
      ensureCollections(connection.getDB(DATABASE));
      checkUser(primary);
      return;
    } catch (error) {
      if (error instanceof Refusal || !isPassing(error)) throw error;
      pause(`${primary} did not take everything (${error.message})`, "look at 'docker compose ps' and at the nodes' logs.");
    } finally {
      if (connection !== null) connection.close();
    }
  }
}

function main() {
  try {
    initiate(waitForNodes());
    fill();
    say('done');
    return 0;
  } catch (error) {
    const why = error instanceof Refusal ? error.message
      : error.code === UNAUTHORIZED ? 'MONGO_ROOT_USER may not do that: it must be the root user that the image made on mongodb-primary.'
      : `MongoDB says ${error.codeName || error.name}: ${error.message}; look at the nodes' logs, then run this again.`;
    fs.writeSync(2, `mongodb-init: ${String(why).replace(/\s+/g, ' ')}\n`);
    return 2;
  }
}

quit(main());
