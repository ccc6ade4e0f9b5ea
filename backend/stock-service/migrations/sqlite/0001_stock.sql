-- What is left, what orders hold of it, and why it is as much as it is. For every dish, at any time:
-- quantity + sold + sum of its reservations = adjusted + sum of its adjustments.
CREATE TABLE items (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    name         TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    category     TEXT    NOT NULL CHECK (category IN ('mains', 'sides', 'drinks', 'desserts')),
    price_poisha INTEGER NOT NULL CHECK (price_poisha BETWEEN 0 AND 10000000),
    picture      TEXT    NOT NULL CHECK (length(picture) BETWEEN 1 AND 80),
    available    INTEGER NOT NULL CHECK (available IN (0, 1)),
    -- No upper bound but the type's: what is given back has to fit, whatever was restocked meanwhile.
    quantity     INTEGER NOT NULL CHECK (quantity BETWEEN 0 AND 4294967295),
    -- Portions of reservations that were folded into this total.
    sold         INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0),
    -- Portions of adjustments that were folded into this total.
    adjusted     INTEGER NOT NULL DEFAULT 0,
    -- Counts every change.
    version      INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- Counts changes by people.
    revision     INTEGER NOT NULL DEFAULT 1 CHECK (revision BETWEEN 1 AND version)
) STRICT;

CREATE TABLE stock_orders (
    order_key   TEXT    NOT NULL PRIMARY KEY,
    state       TEXT    NOT NULL CHECK (state IN ('reserved', 'released', 'refused')),
    -- The lines that were asked for; none where a release came first.
    fingerprint TEXT    CHECK (state = 'released' OR fingerprint IS NOT NULL),
    -- Why it was refused, and what was left of the dishes then, as JSON.
    code        TEXT    CHECK ((state = 'refused') = (code IS NOT NULL)),
    left_json   TEXT,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For retention.
CREATE INDEX stock_orders_by_age ON stock_orders (state, at);

CREATE TABLE reservations (
    order_key    TEXT    NOT NULL REFERENCES stock_orders (order_key),
    item_id      TEXT    NOT NULL REFERENCES items (id),
    quantity     INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    -- What the order was answered with, so that a repeat gets the same answer.
    new_quantity INTEGER NOT NULL CHECK (new_quantity >= 0),
    version      INTEGER NOT NULL,
    PRIMARY KEY (order_key, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE adjustments (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id TEXT    NOT NULL REFERENCES items (id),
    delta   INTEGER NOT NULL CHECK (delta BETWEEN -4294967295 AND 4294967295),
    reason  TEXT    NOT NULL,
    -- What makes it repeatable; none where a seed made it.
    key     TEXT    UNIQUE,
    actor   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    -- The dish after it, as JSON: the answer to a repeat.
    answer  TEXT    CHECK ((key IS NULL) = (answer IS NULL))
) STRICT;

CREATE INDEX adjustments_by_age ON adjustments (at);

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;
