-- Kiosks and cards. A kiosk's account is a row of `users` with the role `kiosk`; a row here appears with the first change
-- or heartbeat, and a kiosk without one is open and has reported nothing.
CREATE TABLE kiosks (
    user_id       TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    open          INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
    message_en    TEXT    NOT NULL DEFAULT '' CHECK (length(message_en) <= 200),
    message_bn    TEXT    NOT NULL DEFAULT '' CHECK (length(message_bn) <= 200),
    -- Last report, as JSON, with the time of its arrival by the service's clock.
    report        TEXT,
    heartbeat_at  INTEGER,
    clock_skew_ms INTEGER,
    CHECK ((report IS NULL) = (heartbeat_at IS NULL) AND (report IS NULL) = (clock_skew_ms IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX users_kiosks ON users (id) WHERE role = 'kiosk';

CREATE TABLE cards (
    -- HMAC of the card number, so that the database holds no number that a card could be copied from.
    number     BLOB NOT NULL PRIMARY KEY CHECK (length(number) = 32),
    user_id    TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    pin_hash   TEXT NOT NULL CHECK (length(pin_hash) > 0),
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
