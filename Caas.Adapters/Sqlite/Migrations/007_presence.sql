-- When users were last seen, and what they want to be seen as. Times are Unix milliseconds.
CREATE TABLE presence (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  seen_at INTEGER,
  status TEXT,
  text TEXT,
  chosen_at INTEGER,
  expires_at INTEGER,
  PRIMARY KEY (tenant, user)
) STRICT, WITHOUT ROWID;
