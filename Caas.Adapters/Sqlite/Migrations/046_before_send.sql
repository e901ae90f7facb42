-- The place that a tenant has asked before a user's message is stored, as JSON; NULL: none.
ALTER TABLE tenants ADD COLUMN before_send TEXT;
