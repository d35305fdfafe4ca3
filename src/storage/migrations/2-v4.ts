/** Machines known by their TLS key alone, uploads that resume, receipts, the journal. */
export const V4 = `
  -- Version 4: clients known by their key alone, and the chain of their receipts.
  ALTER TABLE clients ADD COLUMN spki BLOB CHECK (length(spki) = 32); -- SHA-256 of the SubjectPublicKeyInfo
  ALTER TABLE clients ADD COLUMN write_only   INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE clients ADD COLUMN revoked_at   INTEGER;
  ALTER TABLE clients ADD COLUMN receipt_seq  INTEGER NOT NULL DEFAULT 0; -- of the newest receipt; 0: none
  ALTER TABLE clients ADD COLUMN receipt_hash BLOB CHECK (length(receipt_hash) = 32);
  CREATE UNIQUE INDEX clients_spki ON clients (spki) WHERE spki IS NOT NULL;

  -- Join lines that nobody has used yet: each keeps its name until it expires.
  CREATE TABLE tokens (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the token
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,
    write_only INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Files of both versions: what only v3 knows may be missing now, and what only v4 knows is new.
  CREATE TABLE files_2 (
    row            INTEGER PRIMARY KEY AUTOINCREMENT,
    client_row     INTEGER NOT NULL REFERENCES clients (row),
    name           TEXT,                           -- v3: as the client sent it
    path           TEXT NOT NULL,                  -- below files/<client name>/
    state          TEXT NOT NULL CHECK (state IN ('pending', 'waiting', 'publishing', 'verified', 'failed')),
    sends          INTEGER NOT NULL,
    temporary_name TEXT,                           -- in incoming/
    form           TEXT NOT NULL CHECK (form IN ('plaintext', 'ciphertext')),
    size           INTEGER NOT NULL,               -- bytes as stored
    crc32          INTEGER,                        -- v3: zlib CRC-32 of the bytes as stored
    wire_crc       BLOB,                           -- v3: the CRC that the client was told, as it went over the wire
    crc            TEXT,                           -- v3: its variant
    received_at    INTEGER NOT NULL,
    settled_at     INTEGER,
    sha256         BLOB CHECK (length(sha256) = 32),                         -- v4
    mtime          INTEGER,                        -- v4: ns since 1970
    mode           INTEGER,                        -- v4: the lower 12 bits of st_mode
    receipt_seq    INTEGER,                        -- v4
    CHECK ((name IS NULL) = (crc32 IS NULL) AND (name IS NULL) = (wire_crc IS NULL) AND (name IS NULL) = (crc IS NULL)),
    CHECK ((name IS NULL) = (sha256 IS NOT NULL) AND (name IS NULL) = (mtime IS NOT NULL)),
    CHECK ((name IS NULL) = (mode IS NOT NULL) AND (name IS NULL) = (receipt_seq IS NOT NULL)),
    CHECK (name IS NOT NULL OR state = 'verified')
  ) STRICT;
  INSERT INTO files_2 (row, client_row, name, path, state, sends, temporary_name, form, size, crc32, wire_crc, crc,
                       received_at, settled_at)
    SELECT row, client_row, name, path, state, sends, temporary_name, form, size, crc32, wire_crc, crc,
           received_at, settled_at FROM files;
  -- Row numbers go on behind the last that was ever given.
  UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'files') WHERE name = 'files_2';
  INSERT INTO sqlite_sequence (name, seq)
    SELECT 'files_2', seq FROM sqlite_sequence
    WHERE name = 'files' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'files_2');
  DROP TABLE files;
  ALTER TABLE files_2 RENAME TO files;
  CREATE UNIQUE INDEX files_open      ON files (client_row, path) WHERE state IN ('pending', 'waiting', 'publishing');
  CREATE UNIQUE INDEX files_verified  ON files (client_row, path) WHERE state = 'verified';
  CREATE UNIQUE INDEX files_failed    ON files (client_row, path) WHERE state = 'failed';
  CREATE UNIQUE INDEX files_temporary ON files (temporary_name) WHERE temporary_name IS NOT NULL;

  -- One unfinished v4 upload per path.
  CREATE TABLE uploads (
    row            INTEGER PRIMARY KEY AUTOINCREMENT,
    client_row     INTEGER NOT NULL REFERENCES clients (row),
    path           TEXT NOT NULL,
    temporary_name TEXT NOT NULL UNIQUE,
    size           INTEGER,                        -- null: not known yet
    mtime          INTEGER NOT NULL,
    mode           INTEGER NOT NULL,
    heard_at       INTEGER NOT NULL,
    sha256         BLOB CHECK (length(sha256) = 32), -- set by the intent to publish it
    keep_as        TEXT,                           -- the intent: where the version goes that stands there
    UNIQUE (client_row, path),
    CHECK (sha256 IS NULL OR size IS NOT NULL)
  ) STRICT;
  CREATE UNIQUE INDEX uploads_intended ON uploads (client_row, path) WHERE sha256 IS NOT NULL;

  -- The exact bytes that were signed, for ever.
  CREATE TABLE receipts (
    client_row INTEGER NOT NULL REFERENCES clients (row),
    seq        INTEGER NOT NULL,
    receipt    BLOB NOT NULL,
    signature  BLOB NOT NULL,                      -- an SSHSIG blob
    PRIMARY KEY (client_row, seq)
  ) STRICT, WITHOUT ROWID;

  -- Folders that a client named, with what it said of them.
  CREATE TABLE folders (
    client_row INTEGER NOT NULL REFERENCES clients (row),
    path       TEXT NOT NULL,
    mtime      INTEGER NOT NULL,
    mode       INTEGER NOT NULL,
    PRIMARY KEY (client_row, path)
  ) STRICT, WITHOUT ROWID;

  -- Versions whose content is durable in the journal only: gone at the checkpoint.
  CREATE TABLE journaled (
    record   INTEGER PRIMARY KEY AUTOINCREMENT,    -- the highest that ever was stays known
    file_row INTEGER NOT NULL                      -- no longer there: the version was replaced in the meantime
  ) STRICT;
  -- Versions that the placing of a journaled one moves out of its way, from where they stood before.
  CREATE TABLE moves (
    record     INTEGER PRIMARY KEY,                -- of the one that takes the place
    file_row   INTEGER NOT NULL,
    stood_at   TEXT NOT NULL
  ) STRICT;
  `;
