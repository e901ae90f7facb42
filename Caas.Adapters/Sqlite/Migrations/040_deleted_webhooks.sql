-- A deleted webhook leaves its id and the rev of its deletion: whoever folds late must not bring it back.
ALTER TABLE webhooks ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
