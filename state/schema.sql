-- What Plumbline knows between runs. Today's version; migrations.cc brings older files here.
-- Times are milliseconds since 1970 in UTC. JSON columns are canonical (members sorted by key).
-- No secret is stored: secret property values appear as {"$digest": …}, requests as digests.

-- One row: whose state this is, and how far it has come.
CREATE TABLE stack (
  id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  name        TEXT    NOT NULL,  -- Stack of the manifest; '' until first bound.
  account_id  TEXT    NOT NULL,  -- AWS account; '' until first known.
  install_key BLOB    NOT NULL CHECK (length(install_key) = 32),  -- Of tags, tokens, digests.
  serial      INTEGER NOT NULL,  -- Grows by one with every commit.
  epoch       INTEGER NOT NULL,  -- Grows by one with every opening for writing: a fence.
  holder      TEXT    NOT NULL,  -- Who opened it for writing last.
  audit_count INTEGER NOT NULL,  -- Entries in `audit`: shows when the newest were cut off.
  audit_head  BLOB    NOT NULL CHECK (length(audit_head) = 32),  -- Hash of the newest entry.
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

-- The objects in AWS that are ours. Rows of one address: a live one and its deposed predecessors.
CREATE TABLE resource (
  section      TEXT    NOT NULL,  -- Address, first part: 'dbProxies'.
  name         TEXT    NOT NULL,  -- Address, second part: 'app'.
  physical_id  TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  account      TEXT    NOT NULL,
  region       TEXT    NOT NULL,
  status       TEXT    NOT NULL
               CHECK (status IN ('creating', 'live', 'updating', 'deleting', 'deposed', 'held')),
  applied      TEXT    NOT NULL,  -- JSON: declared properties as last applied.
  observed     TEXT    NOT NULL,  -- JSON: bound properties as last seen.
  is_protected INTEGER NOT NULL CHECK (is_protected IN (0, 1)),  -- Survives removal of its block.
  on_remove    TEXT    NOT NULL,  -- 'delete', 'retain', 'snapshot', as last declared.
  depends_on   TEXT    NOT NULL,  -- JSON: addresses of the producers when last applied.
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (section, name, physical_id)
) STRICT, WITHOUT ROWID;

-- The journal: one row per mutating call, written before its first byte leaves.
CREATE TABLE intent (
  id            TEXT    NOT NULL PRIMARY KEY,
  section       TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  kind          TEXT    NOT NULL,
  account       TEXT    NOT NULL,
  region        TEXT    NOT NULL,
  service       TEXT    NOT NULL,
  action        TEXT    NOT NULL,
  class         TEXT    NOT NULL CHECK (class IN ('T', 'U', 'N', 'I', 'X')),  -- How to resolve it.
  is_create     INTEGER NOT NULL CHECK (is_create IN (0, 1)),
  token         TEXT    NOT NULL,  -- Client token; '' when the API takes none.
  owner         TEXT    NOT NULL,  -- Value of the owner tag.
  params_digest TEXT    NOT NULL,  -- HMAC of the canonical request.
  state         TEXT    NOT NULL
                CHECK (state IN ('inflight', 'unknown', 'done', 'refused', 'held')),
  physical_id   TEXT    NOT NULL,
  error         TEXT    NOT NULL,  -- 'Code: message' of a refusal.
  signed_at     INTEGER NOT NULL,  -- Latest attempt, by AWS's clock.
  attempts      INTEGER NOT NULL,
  epoch         INTEGER NOT NULL,  -- Of the holder that wrote the row last.
  lost_at       INTEGER NOT NULL DEFAULT 0, -- Of the latest attempt that got no answer and
                                            -- may still take effect; 0: none.
  siblings      TEXT    NOT NULL DEFAULT '[]'  -- JSON: class X: ids that were there before.
) STRICT, WITHOUT ROWID;

-- Recovery reads only these; the rest of the journal is history.
CREATE INDEX open_intent ON intent (id) WHERE state IN ('inflight', 'unknown', 'held');

-- What was done, by whom. Only ever appended to; hash = SHA-256(prev, entry), so no entry can be
-- changed, removed or moved unseen.
CREATE TABLE audit (
  sequence INTEGER NOT NULL PRIMARY KEY,  -- 1, 2, 3 … without gaps.
  at       INTEGER NOT NULL,
  actor    TEXT    NOT NULL,
  action   TEXT    NOT NULL,
  section  TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  detail   TEXT    NOT NULL,  -- JSON.
  prev     BLOB    NOT NULL,  -- Hash of the entry before; 32 zero bytes for the first.
  hash     BLOB    NOT NULL
) STRICT;

-- Which AWS accounts the names in the manifest's `accounts:` were when they were first used.
CREATE TABLE account (
  name       TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which steps brought this file to its version, and when.
CREATE TABLE migration (
  version INTEGER NOT NULL PRIMARY KEY,
  name    TEXT    NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
