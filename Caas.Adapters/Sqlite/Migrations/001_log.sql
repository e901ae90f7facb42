-- The logs. The position is the order of commits: there is one writer at a time. Data and message are JSON; times are Unix milliseconds.
CREATE TABLE entries (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  message_no INTEGER NOT NULL,
  target INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  at INTEGER NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  actor TEXT NOT NULL, -- '': nobody, so that client ids are unique there too
  client_message_id TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  data TEXT,
  message TEXT
) STRICT;
CREATE UNIQUE INDEX entries_by_seq ON entries (tenant, log, seq);
CREATE UNIQUE INDEX entries_by_client_id ON entries (tenant, log, actor, client_message_id);
CREATE INDEX entries_by_target ON entries (tenant, log, target, seq);
CREATE INDEX entries_by_id ON entries (tenant, id); -- ids rise with time, so new ones share a page

CREATE TABLE conversations (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  custom TEXT,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  member_count INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  last_message_no INTEGER NOT NULL,
  last_message_seq INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_activity ON conversations (tenant, last_activity_at, id) WHERE deleted_at IS NULL;

CREATE TABLE members (
  tenant TEXT NOT NULL,
  conversation TEXT NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  PRIMARY KEY (tenant, conversation, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_now ON members (tenant, conversation, user) WHERE removed = 0;
CREATE INDEX members_by_user ON members (tenant, user, conversation) WHERE removed = 0;

CREATE TABLE reactions (
  tenant TEXT NOT NULL,
  log TEXT NOT NULL,
  message_seq INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  user TEXT NOT NULL,
  seq INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  PRIMARY KEY (tenant, log, message_seq, emoji, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_now ON reactions (tenant, log, message_seq, emoji, seq, user) WHERE removed = 0;
