-- Users who are erased: only the tombstone is left. passed: when everything had been gone over once; completed: when nothing was left. Times are Unix milliseconds.
ALTER TABLE users ADD COLUMN pseudonym TEXT;
ALTER TABLE users ADD COLUMN erased_at INTEGER;
ALTER TABLE users ADD COLUMN erasure_passed_at INTEGER;
ALTER TABLE users ADD COLUMN erasure_completed_at INTEGER;
CREATE INDEX users_erasing ON users (erased_at) WHERE erased_at IS NOT NULL AND erasure_completed_at IS NULL;
