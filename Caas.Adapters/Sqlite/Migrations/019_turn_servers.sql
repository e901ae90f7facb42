-- A tenant's own STUN and TURN servers, as JSON, their secret sealed; null: the platform's count.
ALTER TABLE tenants ADD COLUMN turn_servers TEXT;
