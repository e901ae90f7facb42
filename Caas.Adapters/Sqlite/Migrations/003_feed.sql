-- Each tenant's history in one order. The header stands beside the place, so that the feed's readers need no join.
CREATE TABLE feed (
  tenant TEXT NOT NULL,
  position INTEGER NOT NULL,
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  message_no INTEGER NOT NULL,
  target INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  actor TEXT,
  PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX feed_by_entry ON feed (tenant, log, seq);

-- The newest position of each tenant: who is behind is found without reading the feed.
CREATE TABLE feed_heads (
  tenant TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_positions (
  consumer TEXT NOT NULL,
  tenant TEXT NOT NULL,
  position INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (consumer, tenant)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_sources (
  consumer TEXT PRIMARY KEY,
  position TEXT NOT NULL,
  at INTEGER NOT NULL,
  epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A lease that was given back keeps its row, and so its epoch: holder is null.
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT,
  epoch INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer_group TEXT NOT NULL,
  topic TEXT NOT NULL,
  record_key TEXT NOT NULL,
  record_id TEXT NOT NULL,
  cloud_event TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dead_letters_by_record ON dead_letters (consumer_group, topic, record_id);
CREATE INDEX dead_letters_by_group ON dead_letters (consumer_group, number);
