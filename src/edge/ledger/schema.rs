//! The form of the ledger: one SQL text per version, applied in order, each in a transaction of its own.
//! A text that was released is never edited; a change is a new text at the end.

use super::LedgerError;
use crate::edge::crash;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// "denp" in the file's header, so that another program's database is known as such.
pub(super) const APPLICATION_ID: i64 = 0x6465_6e70;

/// Version n is the n-th text, from 1.
pub(super) const MIGRATIONS: &[&str] = &[V1];

// Times are seconds since the Unix epoch. No column holds a name, an address, a telephone or mail.
const V1: &str = "
CREATE TABLE ledger (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    id      TEXT    NOT NULL,
    epoch   INTEGER NOT NULL,
    opened  INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE shops (
    shop          TEXT PRIMARY KEY,
    looked_epoch  INTEGER NOT NULL DEFAULT 0,
    first_import  INTEGER,
    key_expires   INTEGER,
    key_refused   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    shop TEXT NOT NULL,
    name TEXT NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    run      TEXT PRIMARY KEY,
    shop     TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    began    INTEGER NOT NULL,
    ended    INTEGER,
    exit     INTEGER,
    summary  TEXT
) STRICT;
CREATE INDEX runs_of_shop ON runs (shop, began);

CREATE TABLE files (
    shop           TEXT NOT NULL,
    hash           TEXT NOT NULL,
    name           TEXT NOT NULL,
    first_seen     INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    settled_run    TEXT,
    settled_at     INTEGER,
    errors_written INTEGER NOT NULL DEFAULT 0,
    archived_as    TEXT,
    PRIMARY KEY (shop, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_rows (
    shop TEXT NOT NULL,
    key  TEXT NOT NULL,
    rest TEXT NOT NULL,
    run  TEXT NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (shop, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiting (
    shop       TEXT NOT NULL,
    key        TEXT NOT NULL,
    wish       TEXT NOT NULL,
    why        TEXT NOT NULL,
    source     TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (shop, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
    key          TEXT PRIMARY KEY,
    shop         TEXT NOT NULL,
    order_no     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    tracking     TEXT,
    change       TEXT NOT NULL,
    run          TEXT NOT NULL,
    standing     TEXT NOT NULL,
    at           INTEGER NOT NULL,
    first_at     INTEGER NOT NULL,
    sent_at      INTEGER,
    attempts     INTEGER NOT NULL DEFAULT 0,
    epoch        INTEGER,
    batch        TEXT,
    body_hash    TEXT,
    request      TEXT,
    receipt      TEXT,
    looks        INTEGER NOT NULL DEFAULT 0,
    last_look    INTEGER,
    confirmed_at INTEGER
) STRICT;
CREATE INDEX intents_open ON intents (shop, standing, key)
    WHERE standing NOT IN ('confirmed', 'refused', 'withdrawn');
CREATE INDEX intents_tracking ON intents (shop, tracking) WHERE tracking IS NOT NULL;
CREATE INDEX intents_of_run ON intents (run, standing);
CREATE INDEX intents_of_order ON intents (shop, order_no);

CREATE TABLE batches (
    run       TEXT NOT NULL,
    batch     TEXT NOT NULL,
    shop      TEXT NOT NULL,
    op        TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    addressed TEXT NOT NULL,
    sent_at   INTEGER NOT NULL,
    PRIMARY KEY (run, batch)
) STRICT, WITHOUT ROWID;

CREATE TABLE downloads (
    id   INTEGER PRIMARY KEY,
    shop TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    said TEXT    NOT NULL
) STRICT;
CREATE INDEX downloads_of_shop ON downloads (shop, kind, at);

CREATE TABLE baselines (
    shop     TEXT NOT NULL,
    order_no TEXT NOT NULL,
    picture  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (shop, order_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE story (
    id       INTEGER PRIMARY KEY,
    shop     TEXT NOT NULL,
    order_no TEXT NOT NULL,
    at       INTEGER NOT NULL,
    run      TEXT NOT NULL,
    what     TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
CREATE INDEX story_of_order ON story (shop, order_no, id);
CREATE INDEX story_by_time ON story (shop, at);
";

/// What may be forgotten, for a shop (?1) and a moment (?2).
pub(super) const PURGE: &[&str] = &[
    "DELETE FROM story WHERE shop = ?1 AND at < ?2",
    "DELETE FROM runs WHERE shop = ?1 AND ended < ?2",
    "DELETE FROM file_rows WHERE shop = ?1 AND at < ?2",
    "DELETE FROM files WHERE shop = ?1 AND settled_at IS NOT NULL AND last_seen < ?2",
    "DELETE FROM intents WHERE shop = ?1 AND at < ?2 AND standing IN ('confirmed', 'refused', 'withdrawn')",
    "DELETE FROM batches WHERE shop = ?1 AND sent_at < ?2
        AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.run = batches.run AND i.batch = batches.batch
                        AND i.standing NOT IN ('confirmed', 'refused', 'withdrawn'))",
];

/// Applies what is missing, each version with its number in one transaction.
pub(super) fn migrate(conn: &Connection, migrations: &[&str]) -> Result<(), LedgerError> {
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (place, sql) in migrations.iter().enumerate() {
        let version = place as i64 + 1;
        if version <= found {
            continue;
        }
        let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        crash::point("ledger.migrating");
        tx.commit()?;
        crash::point("ledger.migrated");
    }
    Ok(())
}
