-- Who blocks, or blocked, whom; seq is that of the last entry about it in the user's log. Times are Unix milliseconds.
CREATE TABLE blocks (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  other TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_other ON blocks (tenant, other, user) WHERE removed = 0;
