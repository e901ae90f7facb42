-- How a user is notified, as JSON; NULL: as by default.
ALTER TABLE users ADD COLUMN notifications TEXT;
