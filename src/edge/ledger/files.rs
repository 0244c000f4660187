//! Files by the hash of their bytes: when they were first seen (the file's business day rests on it),
//! whether every row of theirs came to rest, where the original went.

use super::{LedgerError, SqliteLedger, moment};
use crate::edge::crash;
use crate::model::day::Moment;
use crate::model::ids::{RunId, ShopName};

/// What is known about these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMemory {
    /// Never moved by a later or repeated run.
    pub first_seen: Moment,
    /// The name it had then.
    pub first_name: String,
    /// Every row came to rest: the same bytes need not be read again.
    pub settled: bool,
    /// In which run.
    pub settled_run: Option<RunId>,
    /// Where the original went, relative to the workspace.
    pub archived_as: Option<String>,
    /// These bytes were seen before this call.
    pub known: bool,
}

/// All methods fail only on trouble with the store.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Files {
    /// Notes that these bytes are here, and says what is known of them. One durable write.
    fn file_seen(&self, shop: &ShopName, hash: &str, name: &str, at: Moment) -> Result<FileMemory, LedgerError>;

    /// The same without noting anything (`plan` leaves no trace).
    fn file_known(&self, shop: &ShopName, hash: &str) -> Result<Option<FileMemory>, LedgerError>;

    /// Every row came to rest in this run.
    fn settle_file(&self, shop: &ShopName, hash: &str, run: &RunId, at: Moment) -> Result<(), LedgerError>;

    /// The original stands here now, settled or not.
    fn file_moved(&self, shop: &ShopName, hash: &str, archived_as: &str) -> Result<(), LedgerError>;
}

const SELECT: &str = "SELECT first_seen, name, settled_at, settled_run, archived_as
     FROM files WHERE shop = ?1 AND hash = ?2";

fn find(conn: &rusqlite::Connection, shop: &ShopName, hash: &str) -> Result<Option<FileMemory>, LedgerError> {
    let mut query = conn.prepare_cached(SELECT)?;
    let mut rows = query.query((&shop.0, hash))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(FileMemory {
        first_seen: moment(row.get(0)?),
        first_name: row.get(1)?,
        settled: row.get::<_, Option<i64>>(2)?.is_some(),
        settled_run: row.get::<_, Option<String>>(3)?.and_then(|run| RunId::parse(&run)),
        archived_as: row.get(4)?,
        known: true,
    }))
}

impl Files for SqliteLedger {
    fn file_seen(&self, shop: &ShopName, hash: &str, name: &str, at: Moment) -> Result<FileMemory, LedgerError> {
        let memory = self.write(|tx| {
            if let Some(memory) = find(tx, shop, hash)? {
                let sql = "UPDATE files SET last_seen = max(last_seen, ?3) WHERE shop = ?1 AND hash = ?2";
                tx.prepare_cached(sql)?.execute((&shop.0, hash, at.unix()))?;
                return Ok(memory);
            }
            let sql = "INSERT INTO files(shop, hash, name, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?4)";
            tx.prepare_cached(sql)?.execute((&shop.0, hash, name, at.unix()))?;
            Ok(FileMemory {
                first_seen: at,
                first_name: name.to_owned(),
                settled: false,
                settled_run: None,
                archived_as: None,
                known: false,
            })
        })?;
        crash::point("file.recorded");
        Ok(memory)
    }

    fn file_known(&self, shop: &ShopName, hash: &str) -> Result<Option<FileMemory>, LedgerError> {
        self.read(|conn| find(conn, shop, hash))
    }

    fn settle_file(&self, shop: &ShopName, hash: &str, run: &RunId, at: Moment) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "UPDATE files SET settled_run = ?3, settled_at = ?4
                 WHERE shop = ?1 AND hash = ?2 AND settled_at IS NULL";
            tx.execute(sql, (&shop.0, hash, run.as_str(), at.unix()))?;
            Ok(())
        })?;
        crash::point("settle.file");
        Ok(())
    }

    fn file_moved(&self, shop: &ShopName, hash: &str, archived_as: &str) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "UPDATE files SET archived_as = ?3 WHERE shop = ?1 AND hash = ?2";
            tx.execute(sql, (&shop.0, hash, archived_as))?;
            Ok(())
        })
    }
}
