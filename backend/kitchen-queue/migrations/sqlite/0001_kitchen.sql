-- Orders and what happened to them. Lines never change and are never searched, so they stay with their order.
CREATE TABLE orders (
    pk          INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    user_id     TEXT NOT NULL,
    order_id    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    placed_at   INTEGER NOT NULL,
    day         TEXT NOT NULL,
    ticket      INTEGER NOT NULL CHECK (ticket > 0),
    lines       TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN
                    ('in_kitchen', 'stock_verified', 'ready', 'collected', 'rejected', 'cancelled')),
    seq         INTEGER NOT NULL CHECK (seq > 0),
    since       INTEGER NOT NULL,
    reason      TEXT,
    items_left  TEXT NOT NULL DEFAULT '[]',
    attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 3),
    -- When there is something to do: verify, cook or collect, by the status.
    due_at      INTEGER,
    -- When the stock-service is to be told that the portions are not wanted.
    release_due INTEGER,
    UNIQUE (user_id, order_id)
) STRICT;

CREATE INDEX orders_of_a_student ON orders (user_id, placed_at DESC, order_id DESC);
CREATE INDEX orders_due ON orders (status, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX orders_to_release ON orders (release_due) WHERE release_due IS NOT NULL;
CREATE INDEX orders_by_status ON orders (status, pk);
CREATE INDEX orders_by_age ON orders (since) WHERE status IN ('collected', 'rejected', 'cancelled');

-- The history of each order, and in the order of `n` the outbox: what lies above `relayed.upto` is still to be told.
CREATE TABLE order_events (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    order_pk INTEGER NOT NULL REFERENCES orders (pk) ON DELETE CASCADE,
    seq      INTEGER NOT NULL,
    status   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    UNIQUE (order_pk, seq)
) STRICT;

CREATE TABLE relayed (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    upto INTEGER NOT NULL
) STRICT;
INSERT INTO relayed VALUES (1, 0);

-- The last ticket number dealt on each day in Dhaka.
CREATE TABLE ticket_days (
    day  TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- What is left of orders after their time: which keys there were (as hashes), and how much was eaten.
CREATE TABLE past_keys (
    key_hash TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_totals (
    day      TEXT NOT NULL,
    item_id  TEXT NOT NULL,
    portions INTEGER NOT NULL,
    PRIMARY KEY (day, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
