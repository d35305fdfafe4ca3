import type { Database } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';

/** What was to take the place of OLD replaces nothing now. */
const DROP_CREDIT = `
    UPDATE uploads SET replaces = NULL
      WHERE client_row = OLD.client_row AND path = OLD.path AND replaces IS NOT NULL;
    UPDATE files SET replaces = NULL
      WHERE client_row = OLD.client_row AND path = OLD.path AND replaces IS NOT NULL
        AND state IN ('pending', 'waiting', 'publishing');`;

/** Numbered from 1; never edited once released, only added to. `user_version` holds the last one that ran. */
const MIGRATIONS: readonly string[] = [
  `
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
  `,
  `
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
  `,
  `
  -- Whose chain the receipt is in, where the client's name has got a new key since: the revoked client that had it.
  ALTER TABLE files ADD COLUMN receipt_of INTEGER REFERENCES clients (row);
  `,
  `
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
  `,
  `
  -- The guard: who misbehaved, the recovery PIN, attempts with it. The gate: knocks that were taken.
  CREATE TABLE guard_suspects (
    who        TEXT PRIMARY KEY,                   -- 192.0.2.1, 2001:db8:0:1::/64, client:NAME, user:NAME
    score      REAL NOT NULL,
    scored_ago REAL NOT NULL,                      -- ms before saved_at, as the other times; below 0 while blocked
    strikes    INTEGER NOT NULL,
    struck_ago REAL NOT NULL,
    block_left REAL NOT NULL,                      -- ms behind saved_at
    block_by   TEXT CHECK (block_by IN ('score', 'operator')),
    reason     TEXT,
    saved_at   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE guard_pin (
    row     INTEGER PRIMARY KEY CHECK (row = 1),
    hash    TEXT NOT NULL,                         -- scrypt$N$r$p$SALT$HASH
    made_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE guard_throttles (
    who      TEXT PRIMARY KEY,                     -- a source, or '*' for all together
    left_ms  REAL NOT NULL,                        -- behind saved_at: until the whole burst is there again
    saved_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE knocks (
    id    BLOB NOT NULL,                           -- of a client, or SHA-256 of a join line's token
    nonce BLOB NOT NULL CHECK (length(nonce) = 16),
    time  INTEGER NOT NULL,                        -- as the knock says
    PRIMARY KEY (id, nonce)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX knocks_time ON knocks (time);
  `,
  `
  -- Fleets (FLEET.md): machines that ask to join, join lines for many, policies, what each client uses and has waiting.
  CREATE TABLE join_requests (
    spki      BLOB PRIMARY KEY CHECK (length(spki) = 32),
    name      TEXT NOT NULL,
    name_key  TEXT NOT NULL,
    address   TEXT NOT NULL,
    source    TEXT NOT NULL,                       -- what the address is counted by: IPv4, IPv6 /64
    network   TEXT NOT NULL,                       -- what has to make room: IPv4 /24, IPv6 /48
    asked_at  INTEGER NOT NULL,
    heard_at  INTEGER NOT NULL,
    denied_at INTEGER                              -- null: nobody has decided yet
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE fleet_lines (
    row        INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256 of the token
    pattern    TEXT NOT NULL,
    write_only INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    uses_left  INTEGER NOT NULL CHECK (uses_left >= 0),
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE clients ADD COLUMN joined_by INTEGER; -- row of its fleet line, which may be gone; null: it joined otherwise

  -- The operator's; those of sesame.toml are not here. A null says nothing, and -1 that there is no limit.
  CREATE TABLE policies (
    pattern_key TEXT PRIMARY KEY,                  -- NFC, lower case
    pattern     TEXT NOT NULL,
    max_bytes   INTEGER,
    max_files   INTEGER,
    max_file    INTEGER,
    max_rate    INTEGER,
    write_only  INTEGER,
    append_only INTEGER,
    conflict    TEXT CHECK (conflict IN ('replace', 'version', 'refuse')),
    changed_at  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What quotas count, kept by triggers: finished files, and what unfinished ones claim beside them.
  ALTER TABLE clients ADD COLUMN used_bytes    INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE clients ADD COLUMN used_files    INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE clients ADD COLUMN claimed_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE clients ADD COLUMN claimed_files INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE uploads ADD COLUMN claimed  INTEGER NOT NULL DEFAULT 0; -- bytes of the whole content
  ALTER TABLE uploads ADD COLUMN replaces INTEGER; -- size of the version whose place it takes; null: none, or that is kept
  ALTER TABLE files   ADD COLUMN replaces INTEGER; -- v3, as long as it is not verified: as above
  UPDATE uploads SET claimed = coalesce(size, 0);
  UPDATE clients SET
    used_bytes = (SELECT coalesce(sum(size), 0) FROM files WHERE client_row = clients.row AND state = 'verified'),
    used_files = (SELECT count(*) FROM files WHERE client_row = clients.row AND state = 'verified'),
    claimed_bytes = (SELECT coalesce(sum(claimed), 0) FROM uploads WHERE client_row = clients.row)
      + (SELECT coalesce(sum(size), 0) FROM files WHERE client_row = clients.row AND state IN ('pending', 'publishing')),
    claimed_files = (SELECT count(*) FROM uploads WHERE client_row = clients.row)
      + (SELECT count(*) FROM files WHERE client_row = clients.row AND state IN ('pending', 'publishing'));

  CREATE TRIGGER files_used_insert AFTER INSERT ON files WHEN NEW.state = 'verified' BEGIN
    UPDATE clients SET used_bytes = used_bytes + NEW.size, used_files = used_files + 1 WHERE row = NEW.client_row;
  END;
  CREATE TRIGGER files_used_delete AFTER DELETE ON files WHEN OLD.state = 'verified' BEGIN
    UPDATE clients SET used_bytes = used_bytes - OLD.size, used_files = used_files - 1 WHERE row = OLD.client_row;
  END;
  CREATE TRIGGER files_claimed_insert AFTER INSERT ON files WHEN NEW.state IN ('pending', 'publishing') BEGIN
    UPDATE clients SET claimed_bytes = claimed_bytes + max(0, NEW.size - coalesce(NEW.replaces, 0)),
                       claimed_files = claimed_files + (NEW.replaces IS NULL) WHERE row = NEW.client_row;
  END;
  CREATE TRIGGER files_claimed_delete AFTER DELETE ON files WHEN OLD.state IN ('pending', 'publishing') BEGIN
    UPDATE clients SET claimed_bytes = claimed_bytes - max(0, OLD.size - coalesce(OLD.replaces, 0)),
                       claimed_files = claimed_files - (OLD.replaces IS NULL) WHERE row = OLD.client_row;
  END;
  CREATE TRIGGER files_used_update AFTER UPDATE OF client_row, state, size, replaces ON files BEGIN
    UPDATE clients SET used_bytes = used_bytes - OLD.size, used_files = used_files - 1
      WHERE row = OLD.client_row AND OLD.state = 'verified';
    UPDATE clients SET claimed_bytes = claimed_bytes - max(0, OLD.size - coalesce(OLD.replaces, 0)),
                       claimed_files = claimed_files - (OLD.replaces IS NULL)
      WHERE row = OLD.client_row AND OLD.state IN ('pending', 'publishing');
    UPDATE clients SET used_bytes = used_bytes + NEW.size, used_files = used_files + 1
      WHERE row = NEW.client_row AND NEW.state = 'verified';
    UPDATE clients SET claimed_bytes = claimed_bytes + max(0, NEW.size - coalesce(NEW.replaces, 0)),
                       claimed_files = claimed_files + (NEW.replaces IS NULL)
      WHERE row = NEW.client_row AND NEW.state IN ('pending', 'publishing');
  END;
  CREATE TRIGGER uploads_claimed_insert AFTER INSERT ON uploads BEGIN
    UPDATE clients SET claimed_bytes = claimed_bytes + max(0, NEW.claimed - coalesce(NEW.replaces, 0)),
                       claimed_files = claimed_files + (NEW.replaces IS NULL) WHERE row = NEW.client_row;
  END;
  CREATE TRIGGER uploads_claimed_delete AFTER DELETE ON uploads BEGIN
    UPDATE clients SET claimed_bytes = claimed_bytes - max(0, OLD.claimed - coalesce(OLD.replaces, 0)),
                       claimed_files = claimed_files - (OLD.replaces IS NULL) WHERE row = OLD.client_row;
  END;
  CREATE TRIGGER uploads_claimed_update AFTER UPDATE OF client_row, claimed, replaces ON uploads BEGIN
    UPDATE clients SET claimed_bytes = claimed_bytes - max(0, OLD.claimed - coalesce(OLD.replaces, 0)),
                       claimed_files = claimed_files - (OLD.replaces IS NULL) WHERE row = OLD.client_row;
    UPDATE clients SET claimed_bytes = claimed_bytes + max(0, NEW.claimed - coalesce(NEW.replaces, 0)),
                       claimed_files = claimed_files + (NEW.replaces IS NULL) WHERE row = NEW.client_row;
  END;
  -- Where a version goes or makes room, what was to take its place has an empty one, and needs the room of all of it.
  CREATE TRIGGER files_credit_delete AFTER DELETE ON files WHEN OLD.state = 'verified' BEGIN
    ${DROP_CREDIT}
  END;
  CREATE TRIGGER files_credit_move AFTER UPDATE OF path ON files
    WHEN OLD.state = 'verified' AND NEW.path <> OLD.path BEGIN
    ${DROP_CREDIT}
  END;

  CREATE TABLE watch_reports (
    client_row  INTEGER PRIMARY KEY REFERENCES clients (row) ON DELETE CASCADE,
    files       INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    failing     INTEGER NOT NULL,
    oldest      INTEGER,                           -- ms since 1970; null: nothing waits
    why         TEXT NOT NULL,
    reported_at INTEGER NOT NULL
  ) STRICT;
  `,
];

/** @throws `schema-too-new` when a newer program wrote this database */
export function migrate(db: Database): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new SesameError(
      'schema-too-new',
      `the database has schema ${version}, this program knows up to ${MIGRATIONS.length}: use a newer sesamed`,
    );
  }
  MIGRATIONS.slice(version).forEach((sql, index) => {
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version + index + 1}`);
    }).immediate();
  });
}
