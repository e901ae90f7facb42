-- Letters that wait for Kafka: 1 until they are published.
ALTER TABLE dead_letters ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
CREATE INDEX dead_letters_waiting ON dead_letters (waiting, number) WHERE waiting = 1;
