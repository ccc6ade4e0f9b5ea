-- The trace that an order was accepted in, so that what follows joins it.
ALTER TABLE orders ADD COLUMN trace TEXT;
