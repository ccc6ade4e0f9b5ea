-- What is left, what orders hold of it, and why it is as much as it is. For every dish, at any time:
-- quantity + sold + sum of its reservations = adjusted + sum of its adjustments.
-- Times are milliseconds since 1970, by the clocks of the services. Whoever changes rows of several tables takes the
-- dishes first, in the order of their ids, then orders in the order of their keys; so replicas never wait in a circle.
CREATE TABLE items (
    -- Compared by its bytes, as the services do, whatever the language of the database.
    id           text    COLLATE "C" NOT NULL,
    name         text    NOT NULL,
    category     text    NOT NULL,
    price_poisha bigint  NOT NULL,
    picture      text    NOT NULL,
    available    boolean NOT NULL,
    -- No upper bound but the type's on the wire: what is given back has to fit, whatever was restocked meanwhile.
    quantity     bigint  NOT NULL,
    -- Portions of reservations that were folded into this total.
    sold         bigint  NOT NULL DEFAULT 0,
    -- Portions of adjustments that were folded into this total.
    adjusted     bigint  NOT NULL DEFAULT 0,
    -- Counts every change of what is above, but for the two totals.
    version      bigint  NOT NULL DEFAULT 1,
    -- Counts changes by people.
    revision     bigint  NOT NULL DEFAULT 1,
    CONSTRAINT items_id PRIMARY KEY (id),
    CONSTRAINT items_id_length CHECK (length(id) BETWEEN 1 AND 40),
    CONSTRAINT items_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT items_category CHECK (category IN ('mains', 'sides', 'drinks', 'desserts')),
    CONSTRAINT items_price CHECK (price_poisha BETWEEN 0 AND 10000000),
    CONSTRAINT items_picture_length CHECK (length(picture) BETWEEN 1 AND 80),
    CONSTRAINT items_quantity_not_negative CHECK (quantity >= 0),
    CONSTRAINT items_quantity_fits CHECK (quantity <= 4294967295),
    CONSTRAINT items_sold_not_negative CHECK (sold >= 0),
    CONSTRAINT items_version CHECK (version >= 1),
    CONSTRAINT items_revision CHECK (revision BETWEEN 1 AND version)
    -- Room in each page for the next version of its rows, which change with every commit of a rush.
) WITH (fillfactor = 50);

CREATE TABLE stock_orders (
    order_key   text   COLLATE "C" NOT NULL,
    state       text   NOT NULL,
    -- The lines that were asked for; none where a release came first.
    fingerprint text,
    -- Why it was refused, and what was left of the dishes then, as JSON.
    code        text,
    left_json   text,
    at          bigint NOT NULL,
    CONSTRAINT stock_orders_key PRIMARY KEY (order_key),
    CONSTRAINT stock_orders_state CHECK (state IN ('reserved', 'released', 'refused')),
    CONSTRAINT stock_orders_fingerprint CHECK (state = 'released' OR fingerprint IS NOT NULL),
    CONSTRAINT stock_orders_code CHECK ((state = 'refused') = (code IS NOT NULL))
);

-- For retention.
CREATE INDEX stock_orders_by_age ON stock_orders (state, at);

CREATE TABLE reservations (
    order_key    text   COLLATE "C" NOT NULL,
    item_id      text   COLLATE "C" NOT NULL,
    quantity     bigint NOT NULL,
    -- What the order was answered with, so that a repeat gets the same answer.
    new_quantity bigint NOT NULL,
    version      bigint NOT NULL,
    CONSTRAINT reservations_key PRIMARY KEY (order_key, item_id),
    CONSTRAINT reservations_of_order FOREIGN KEY (order_key) REFERENCES stock_orders (order_key),
    CONSTRAINT reservations_of_item FOREIGN KEY (item_id) REFERENCES items (id),
    CONSTRAINT reservations_quantity CHECK (quantity BETWEEN 1 AND 20),
    CONSTRAINT reservations_new_quantity CHECK (new_quantity >= 0)
);

CREATE TABLE adjustments (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    item_id text   COLLATE "C" NOT NULL,
    delta   bigint NOT NULL,
    reason  text   NOT NULL,
    -- What makes it repeatable; none where a seed made it.
    key     text   COLLATE "C",
    actor   text   NOT NULL,
    at      bigint NOT NULL,
    -- The dish after it, as JSON: the answer to a repeat.
    answer  text,
    CONSTRAINT adjustments_id PRIMARY KEY (id),
    CONSTRAINT adjustments_key UNIQUE (key),
    CONSTRAINT adjustments_of_item FOREIGN KEY (item_id) REFERENCES items (id),
    CONSTRAINT adjustments_delta CHECK (delta BETWEEN -4294967295 AND 4294967295),
    CONSTRAINT adjustments_answer CHECK ((key IS NULL) = (answer IS NULL))
);

CREATE INDEX adjustments_by_age ON adjustments (at);

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    at      bigint NOT NULL,
    actor   text   NOT NULL,
    action  text   NOT NULL,
    subject text   NOT NULL,
    detail  text   NOT NULL,
    CONSTRAINT audit_id PRIMARY KEY (id)
);
