//! Rows by what they say, not by where they stand: a row that was settled is known again in another
//! file. And the rows that only need time, kept whole so that nobody must drop them a second time.

use super::{LedgerError, SqliteLedger, moment};
use crate::edge::crash;
use crate::model::day::Moment;
use crate::model::ids::{RunId, ShopName};
use crate::model::sheet::Source;
use crate::model::words::Why;
use std::collections::HashMap;

/// Where a row came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowRest {
    Settled,
    Rejected,
    Held,
}

impl RowRest {
    /// The word kept in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            RowRest::Settled => "settled",
            RowRest::Rejected => "rejected",
            RowRest::Held => "held",
        }
    }

    fn from_word(word: &str) -> Option<RowRest> {
        [RowRest::Settled, RowRest::Rejected, RowRest::Held].into_iter().find(|rest| rest.word() == word)
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowMemory {
    pub rest: RowRest,
    pub run: RunId,
    pub at: Moment,
}

/// A row that only needs time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// The row's content key, as the caller makes it.
    pub key: String,
    /// What it wishes, in the caller's own JSON.
    pub wish_json: String,
    pub why: Why,
    pub source: Source,
    /// Kept when the row is put again, so that `wait_days` count from the first time.
    pub first_seen: Moment,
}

impl WaitingRow {
    /// A row whose change waits for a person's yes. It is kept beside the change, because what it asks for is more than
    /// the change remembers; nothing tries it again unless that change turns out to be stale.
    #[must_use]
    pub fn behind_a_held_change(mut self) -> WaitingRow {
        self.key.insert_str(0, HELD);
        self
    }

    /// Whether it only stands behind a held change.
    pub fn is_behind_a_held_change(&self) -> bool {
        self.key.starts_with(HELD)
    }

    /// The row of a held change that did not go: it waits now like any other.
    #[must_use]
    pub fn set_free(mut self, why: Why) -> WaitingRow {
        if let Some(bare) = self.key.strip_prefix(HELD) {
            self.key = bare.to_owned();
        }
        self.why = why;
        self
    }
}

/// Begins the keys of rows behind held changes; a content key begins with a digit.
const HELD: &str = "held:";

/// All methods fail only on trouble with the store.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Rows {
    /// What is known of these rows; rows that were never seen are not in the map.
    fn rows_known(&self, shop: &ShopName, keys: &[&str]) -> Result<HashMap<String, RowMemory>, LedgerError>;

    /// Notes where rows came to rest; a later word replaces an earlier one. One durable write.
    fn put_rows(&self, shop: &ShopName, run: &RunId, at: Moment, rows: &[(&str, RowRest)]) -> Result<(), LedgerError>;

    /// Keeps rows that wait; the reason is the newest, the first time stays. One durable write.
    fn put_waiting(&self, shop: &ShopName, rows: &[WaitingRow]) -> Result<(), LedgerError>;

    /// All rows that wait, oldest first.
    fn waiting(&self, shop: &ShopName) -> Result<Vec<WaitingRow>, LedgerError>;

    /// These wait no longer.
    fn drop_waiting(&self, shop: &ShopName, keys: &[&str]) -> Result<(), LedgerError>;
}

impl Rows for SqliteLedger {
    fn rows_known(&self, shop: &ShopName, keys: &[&str]) -> Result<HashMap<String, RowMemory>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT rest, run, at FROM file_rows WHERE shop = ?1 AND key = ?2";
            let mut query = conn.prepare_cached(sql)?;
            let mut out = HashMap::new();
            for key in keys {
                let mut rows = query.query((&shop.0, key))?;
                let Some(row) = rows.next()? else { continue };
                let (rest, run, at): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let rest = RowRest::from_word(&rest).ok_or_else(|| LedgerError::entry(&rest))?;
                let run = RunId::parse(&run).ok_or_else(|| LedgerError::entry(&run))?;
                out.insert((*key).to_owned(), RowMemory { rest, run, at: moment(at) });
            }
            Ok(out)
        })
    }

    fn put_rows(&self, shop: &ShopName, run: &RunId, at: Moment, rows: &[(&str, RowRest)]) -> Result<(), LedgerError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let sql = "INSERT INTO file_rows(shop, key, rest, run, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET rest = excluded.rest, run = excluded.run, at = excluded.at";
            let mut put = tx.prepare_cached(sql)?;
            for (key, rest) in rows {
                put.execute((&shop.0, key, rest.word(), run.as_str(), at.unix()))?;
            }
            crash::point("rows.inside");
            Ok(())
        })?;
        crash::point("rows.after");
        Ok(())
    }

    fn put_waiting(&self, shop: &ShopName, rows: &[WaitingRow]) -> Result<(), LedgerError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let sql = "INSERT INTO waiting(shop, key, wish, why, source, first_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET wish = excluded.wish, why = excluded.why, source = excluded.source";
            let mut put = tx.prepare_cached(sql)?;
            for row in rows {
                let why = serde_json::to_string(&row.why).map_err(LedgerError::entry)?;
                let source = serde_json::to_string(&row.source).map_err(LedgerError::entry)?;
                put.execute((&shop.0, &row.key, &row.wish_json, why, source, row.first_seen.unix()))?;
            }
            Ok(())
        })
    }

    fn waiting(&self, shop: &ShopName) -> Result<Vec<WaitingRow>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT key, wish, why, source, first_seen FROM waiting WHERE shop = ?1 ORDER BY first_seen, key";
            let mut query = conn.prepare_cached(sql)?;
            let mut rows = query.query([&shop.0])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let (why, source): (String, String) = (row.get(2)?, row.get(3)?);
                out.push(WaitingRow {
                    key: row.get(0)?,
                    wish_json: row.get(1)?,
                    why: serde_json::from_str(&why).map_err(LedgerError::entry)?,
                    source: serde_json::from_str(&source).map_err(LedgerError::entry)?,
                    first_seen: moment(row.get(4)?),
                });
            }
            Ok(out)
        })
    }

    fn drop_waiting(&self, shop: &ShopName, keys: &[&str]) -> Result<(), LedgerError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let mut drop = tx.prepare_cached("DELETE FROM waiting WHERE shop = ?1 AND key = ?2")?;
            for key in keys {
                drop.execute((&shop.0, key))?;
            }
            Ok(())
        })
    }
}
