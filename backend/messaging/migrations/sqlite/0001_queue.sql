-- The order queue of one machine. A message stays until it is acknowledged; AUTOINCREMENT, because what was handed
-- out is remembered as "every id up to this one", so that an id may never come twice.
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    published_at INTEGER NOT NULL, -- milliseconds since 1970
    body         BLOB    NOT NULL
) STRICT;

CREATE TABLE dead_letters (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    body   BLOB    NOT NULL,
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL -- milliseconds since 1970
) STRICT;

-- One row to write to, when somebody asks whether the queue can write again.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL -- milliseconds since 1970
) STRICT;
INSERT INTO probe (id, at) VALUES (1, 0);
