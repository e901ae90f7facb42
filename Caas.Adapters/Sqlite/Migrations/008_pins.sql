-- Messages that are or were pinned; seq is that of the entry that changed it last.
CREATE TABLE pins (
  tenant TEXT NOT NULL,
  log TEXT NOT NULL,
  message_seq INTEGER NOT NULL,
  user TEXT, -- NULL: the tenant's backend
  seq INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  PRIMARY KEY (tenant, log, message_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_now ON pins (tenant, log, seq, message_seq, user) WHERE removed = 0;
