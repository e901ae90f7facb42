-- Messages by their words. The id holds the message's time, so that the newest first is from high to low: its second, and a number within it.
CREATE TABLE search_messages (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_messages_by_place ON search_messages (tenant, log, seq);

-- The tokens are ours, apart by spaces; where a token stands in a text is not asked here. What is taken out of it leaves nothing behind;
-- with that, detail = none lost track of rows that were written over (SQLite 3.53), so it is column, which says hardly more where there is one.
CREATE VIRTUAL TABLE search_tokens USING fts5(tokens, tokenize = 'ascii', detail = 'column', columnsize = 0);
INSERT INTO search_tokens (search_tokens, rank) VALUES ('secure-delete', 1);
