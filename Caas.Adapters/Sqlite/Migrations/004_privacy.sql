-- What users let others know; 1 is on.
ALTER TABLE users ADD COLUMN read_receipts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN delivery_receipts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN typing INTEGER NOT NULL DEFAULT 1;
