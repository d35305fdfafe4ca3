/** Clients that speak v3, and their files. */
export const V3 = `
  CREATE TABLE clients (
    row            INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: stale references must miss
    id             BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    name           TEXT NOT NULL,
    name_key       TEXT NOT NULL UNIQUE,           -- NFC, lower case: one winner per name
    public_key     BLOB,                           -- SubjectPublicKeyInfo DER
    sealed_aes_key BLOB,                           -- under keys/seal.key, never in the clear
    registered_at  INTEGER NOT NULL,               -- ms since 1970; 0 frees the name at once
    last_seen_at   INTEGER NOT NULL,
    crc                   TEXT    NOT NULL,        -- the dialect, PROTOCOL.md 1.5
    crc_confirmed         INTEGER NOT NULL,
    replies_1030          INTEGER NOT NULL,
    replies_1030_confirmed INTEGER NOT NULL,
    trial_path            TEXT,
    trial_expects         TEXT CHECK (trial_expects IN ('send', 'verdict')),
    CHECK ((public_key IS NULL) = (sealed_aes_key IS NULL)),
    CHECK ((trial_path IS NULL) = (trial_expects IS NULL))
  ) STRICT;

  CREATE TABLE files (
    row            INTEGER PRIMARY KEY AUTOINCREMENT,
    client_row     INTEGER NOT NULL REFERENCES clients (row),
    name           TEXT NOT NULL,                  -- as the client sent it
    path           TEXT NOT NULL,                  -- below files/<client name>/
    state          TEXT NOT NULL CHECK (state IN ('pending', 'waiting', 'publishing', 'verified', 'failed')),
    sends          INTEGER NOT NULL,
    temporary_name TEXT UNIQUE,                    -- in incoming/
    form           TEXT NOT NULL CHECK (form IN ('plaintext', 'ciphertext')),
    size           INTEGER NOT NULL,               -- bytes as stored
    crc32          INTEGER NOT NULL,               -- zlib CRC-32 of the bytes as stored
    wire_crc       BLOB NOT NULL,                  -- the CRC that the client was told, as it went over the wire
    crc            TEXT NOT NULL,                  -- its variant
    received_at    INTEGER NOT NULL,
    settled_at     INTEGER
  ) STRICT;
  -- One upload under way, one verified version and one failure per path.
  CREATE UNIQUE INDEX files_open     ON files (client_row, path) WHERE state IN ('pending', 'waiting', 'publishing');
  CREATE UNIQUE INDEX files_verified ON files (client_row, path) WHERE state = 'verified';
  CREATE UNIQUE INDEX files_failed   ON files (client_row, path) WHERE state = 'failed';
  `;
