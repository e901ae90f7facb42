-- Workers and calls change the same delivery: each names the rev that it has seen.
ALTER TABLE webhook_deliveries ADD COLUMN rev INTEGER NOT NULL DEFAULT 0;

-- What is done is forgotten by its age, of all webhooks.
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (place) WHERE pending = 0;
