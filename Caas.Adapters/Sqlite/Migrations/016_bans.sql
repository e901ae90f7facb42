-- Who is, or was, banned from the tenant ('') or from a conversation; seq is that of the last entry about it in the user's log. Times are Unix milliseconds.
CREATE TABLE bans (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER, -- NULL: it does not end by itself
  reason TEXT,
  removed INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, conversation)
) STRICT, WITHOUT ROWID;
