-- Kiosks and cards. A kiosk's account is a row of `users` with the role `kiosk`; a row here appears with the first change
-- or heartbeat, and a kiosk without one is open and has reported nothing.
CREATE TABLE kiosks (
    user_id       uuid    NOT NULL,
    open          boolean NOT NULL DEFAULT true,
    message_en    text    NOT NULL DEFAULT '',
    message_bn    text    NOT NULL DEFAULT '',
    -- Last report, as JSON, with the time of its arrival by the service's clock.
    report        text,
    heartbeat_at  bigint,
    clock_skew_ms bigint,
    CONSTRAINT kiosks_user_id PRIMARY KEY (user_id),
    CONSTRAINT kiosks_of_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT kiosks_message_en_length CHECK (length(message_en) <= 200),
    CONSTRAINT kiosks_message_bn_length CHECK (length(message_bn) <= 200),
    CONSTRAINT kiosks_report CHECK (
        (report IS NULL) = (heartbeat_at IS NULL) AND (report IS NULL) = (clock_skew_ms IS NULL)
    )
);
CREATE INDEX users_kiosks ON users (id) WHERE role = 'kiosk';

CREATE TABLE cards (
    -- HMAC of the card number, so that the database holds no number that a card could be copied from.
    number     bytea  NOT NULL,
    user_id    uuid   NOT NULL,
    pin_hash   text   NOT NULL,
    expires_at bigint,
    CONSTRAINT cards_number PRIMARY KEY (number),
    CONSTRAINT cards_number_length CHECK (length(number) = 32),
    CONSTRAINT cards_user_id UNIQUE (user_id),
    CONSTRAINT cards_of_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT cards_pin_hash CHECK (pin_hash <> '')
);
