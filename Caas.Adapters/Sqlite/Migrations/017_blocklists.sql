-- What a tenant's users may not write, as JSON; null: nothing is forbidden.
ALTER TABLE tenants ADD COLUMN blocklist TEXT;
