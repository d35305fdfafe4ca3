/** What the HTTP gateway and its console need. */
export const GATEWAY = `
  -- The gateway: people and their sessions, clients that have access tokens, what was done, what is being deleted.
  ALTER TABLE clients ADD COLUMN keyless INTEGER NOT NULL DEFAULT 0; -- tokens only: its spki is random, that of no key

  CREATE TABLE users (
    row           INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role IN ('viewer', 'operator')),
    password_hash TEXT,                            -- argon2id in PHC form; null until the sign-in link was used
    client_row    INTEGER REFERENCES clients (row), -- whose space this person uploads to
    created_at    INTEGER NOT NULL,
    last_seen_at  INTEGER
  ) STRICT;

  CREATE TABLE sign_in_links (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the token
    user_row   INTEGER REFERENCES users (row) ON DELETE CASCADE, -- null: for the first operator, who is no user yet
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sessions (
    hash         BLOB PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the cookie
    user_row     INTEGER NOT NULL REFERENCES users (row) ON DELETE CASCADE,
    csrf         TEXT NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_user ON sessions (user_row);

  CREATE TABLE access_tokens (
    row          INTEGER PRIMARY KEY AUTOINCREMENT,
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256 of the token
    client_row   INTEGER NOT NULL REFERENCES clients (row),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    expires_at   INTEGER                           -- null: never
  ) STRICT;
  CREATE INDEX access_tokens_client ON access_tokens (client_row);

  CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    actor   TEXT NOT NULL,                         -- a person, a client, or 'local' for control.sock
    address TEXT,
    action  TEXT NOT NULL,
    target  TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
    detail  TEXT
  ) STRICT;

  -- Files whose version is deleted already, and which may still stand at their places.
  CREATE TABLE deletions (
    client_row INTEGER NOT NULL REFERENCES clients (row),
    path       TEXT NOT NULL,
    PRIMARY KEY (client_row, path)
  ) STRICT, WITHOUT ROWID;
  `;
