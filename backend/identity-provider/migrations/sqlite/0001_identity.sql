-- Users, their sessions, the keys that sign tokens, imports, and who did what. Times are milliseconds since 1970.
CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    username      TEXT    NOT NULL UNIQUE CHECK (length(username) BETWEEN 1 AND 64),
    name          TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    role          TEXT    NOT NULL CHECK (role IN ('student', 'staff', 'admin', 'kiosk')),
    password_hash TEXT    NOT NULL CHECK (length(password_hash) > 0),
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    -- Grows when sessions end by a new password or by disabling, so that a login under way cannot outlive it.
    generation    INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token: what is stored opens nothing.
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    family     TEXT    NOT NULL CHECK (length(family) = 36),
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    rotated_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_end ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
    kid         TEXT    NOT NULL PRIMARY KEY CHECK (length(kid) > 0),
    nonce       BLOB    NOT NULL CHECK (length(nonce) = 12),
    sealed      BLOB    NOT NULL CHECK (length(sealed) = 48),
    created_at  INTEGER NOT NULL,
    active_from INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    state      TEXT    NOT NULL CHECK (state IN ('running', 'done', 'interrupted')),
    total      INTEGER NOT NULL CHECK (total >= 0),
    started_at INTEGER NOT NULL,
    -- The last sign of life of the worker.
    beat_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE import_lines (
    import_id TEXT    NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    line      INTEGER NOT NULL CHECK (line >= 1),
    username  TEXT    NOT NULL,
    message   TEXT, -- null: the user was created
    PRIMARY KEY (import_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;
