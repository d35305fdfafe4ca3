/** What the guard and the gate remember. */
export const GUARD_AND_GATE = `
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
  `;
