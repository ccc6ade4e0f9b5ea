-- Users, their sessions, the keys that sign tokens, imports, login attempts, and who did what. Times are milliseconds
-- since 1970, by the clocks of the services; only login attempts go by this server's clock, so that replicas agree.
CREATE TABLE users (
    id            uuid    NOT NULL,
    -- Compared and sorted by its bytes, whatever the language of the database.
    username      text    COLLATE "C" NOT NULL,
    name          text    NOT NULL,
    role          text    NOT NULL,
    password_hash text    NOT NULL,
    disabled      boolean NOT NULL DEFAULT false,
    -- Grows when sessions end by a new password or by disabling, so that a login under way cannot outlive it.
    generation    bigint  NOT NULL DEFAULT 0,
    created_at    bigint  NOT NULL,
    CONSTRAINT users_id PRIMARY KEY (id),
    CONSTRAINT users_username UNIQUE (username),
    CONSTRAINT users_username_length CHECK (length(username) BETWEEN 1 AND 64),
    CONSTRAINT users_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT users_role CHECK (role IN ('student', 'staff', 'admin', 'kiosk')),
    CONSTRAINT users_password_hash CHECK (password_hash <> ''),
    CONSTRAINT users_generation CHECK (generation >= 0)
);

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token: what is stored opens nothing.
    hash       bytea  NOT NULL,
    family     uuid   NOT NULL,
    user_id    uuid   NOT NULL,
    expires_at bigint NOT NULL,
    rotated_at bigint,
    CONSTRAINT refresh_tokens_hash PRIMARY KEY (hash),
    CONSTRAINT refresh_tokens_hash_length CHECK (length(hash) = 32),
    CONSTRAINT refresh_tokens_of_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_end ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
    kid         text   NOT NULL,
    nonce       bytea  NOT NULL,
    sealed      bytea  NOT NULL,
    created_at  bigint NOT NULL,
    active_from bigint NOT NULL,
    CONSTRAINT signing_keys_kid PRIMARY KEY (kid),
    CONSTRAINT signing_keys_kid_length CHECK (kid <> ''),
    CONSTRAINT signing_keys_nonce_length CHECK (length(nonce) = 12),
    CONSTRAINT signing_keys_sealed_length CHECK (length(sealed) = 48),
    CONSTRAINT signing_keys_active_from UNIQUE (active_from)
);

CREATE TABLE imports (
    id         uuid   NOT NULL,
    state      text   NOT NULL,
    total      bigint NOT NULL,
    started_at bigint NOT NULL,
    -- The last sign of life of the worker.
    beat_at    bigint NOT NULL,
    CONSTRAINT imports_id PRIMARY KEY (id),
    CONSTRAINT imports_state CHECK (state IN ('running', 'done', 'interrupted')),
    CONSTRAINT imports_total CHECK (total >= 0)
);

CREATE TABLE import_lines (
    import_id uuid   NOT NULL,
    line      bigint NOT NULL,
    username  text   NOT NULL,
    message   text, -- null: the user was created
    CONSTRAINT import_lines_line PRIMARY KEY (import_id, line),
    CONSTRAINT import_lines_of_import FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE,
    CONSTRAINT import_lines_line_number CHECK (line >= 1)
);

CREATE TABLE login_attempts (
    -- The beginning of the SHA-256 of the user name that was tried, which may be any text.
    name  bytea         NOT NULL,
    -- When the last attempts were allowed, by this server's clock.
    times timestamptz[] NOT NULL,
    CONSTRAINT login_attempts_name PRIMARY KEY (name),
    CONSTRAINT login_attempts_name_length CHECK (length(name) = 16),
    CONSTRAINT login_attempts_limit CHECK (cardinality(times) BETWEEN 1 AND 3)
);

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    at      bigint NOT NULL,
    actor   text   NOT NULL,
    action  text   NOT NULL,
    subject text   NOT NULL,
    detail  text   NOT NULL,
    CONSTRAINT audit_id PRIMARY KEY (id)
);
