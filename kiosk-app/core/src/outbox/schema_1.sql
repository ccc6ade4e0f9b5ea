-- Orders in the order of keeping. Everything of the student is in `sealed`.
CREATE TABLE orders (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id   TEXT NOT NULL UNIQUE CHECK (length(order_id) BETWEEN 1 AND 64),
    sealed     BLOB NOT NULL,
    kept_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'refused', 'expired')),
    -- Error code of the server.
    code       TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    CHECK ((state = 'refused') = (code IS NOT NULL))
) STRICT;

CREATE INDEX orders_by_state ON orders (state, seq);
CREATE INDEX orders_to_expire ON orders (expires_at) WHERE state = 'waiting';

-- Orders that staff cleared. Nothing of a student.
CREATE TABLE cleared (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT NOT NULL,
    reason   TEXT NOT NULL CHECK (length(reason) <= 200),
    at       INTEGER NOT NULL
) STRICT;

-- Sealed text that opens with the key of this kiosk alone.
CREATE TABLE key_check (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;

PRAGMA application_id = 1130777455;
PRAGMA user_version = 1;
