-- What is due is asked for by kind, without tenants whose turn it is already.
DROP INDEX timed_due;
CREATE INDEX timed_due ON timed (kind, due_at, tenant) WHERE waiting = 1;
