-- What somebody did while shadow-banned is nothing to others. Such a message is marked as deleted ones are, which nobody counts either: as unread, as a reply.
ALTER TABLE entries ADD COLUMN shadowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bans ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0;
