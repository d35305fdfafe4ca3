/** What was to take the place of OLD replaces nothing now. */
const DROP_CREDIT = `
    UPDATE uploads SET replaces = NULL
      WHERE client_row = OLD.client_row AND path = OLD.path AND replaces IS NOT NULL;
    UPDATE files SET replaces = NULL
      WHERE client_row = OLD.client_row AND path = OLD.path AND replaces IS NOT NULL
        AND state IN ('pending', 'waiting', 'publishing');`;

/** Joining, policies and quotas of fleets, and what waits on each machine (FLEET.md). */
export const FLEETS = `
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
  `;
