-- A row's id now holds a part of its conversation's hash, so that a walk tells a reader's messages by their ids alone. The index is made again from the feed.
DELETE FROM search_messages;
DROP TABLE search_tokens;
CREATE VIRTUAL TABLE search_tokens USING fts5(tokens, tokenize = 'ascii', detail = 'column', columnsize = 0);
INSERT INTO search_tokens (search_tokens, rank) VALUES ('secure-delete', 1);
DELETE FROM feed_positions WHERE consumer LIKE 'search/%';
