-- The trace that a message was published in, as in the header `traceparent`.
ALTER TABLE messages ADD COLUMN trace TEXT;
ALTER TABLE dead_letters ADD COLUMN trace TEXT;
