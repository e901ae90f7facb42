-- What is to be done at a time: messages that are sent later, reminders. place is a conversation or a user; body is JSON.
CREATE TABLE timed (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  place TEXT NOT NULL,
  id TEXT NOT NULL,
  owner TEXT, -- NULL: the tenant's backend
  due_at INTEGER NOT NULL,
  waiting INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, place, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX timed_due ON timed (due_at) WHERE waiting = 1;
