//! The runs of a shop: when they began, how they ended. A run without an end was killed.

use super::{LedgerError, SqliteLedger, moment};
use crate::edge::crash;
use crate::model::day::Moment;
use crate::model::ids::{RunId, ShopName};
use rusqlite::Row;

/// One run as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunMemory {
    pub run: RunId,
    pub shop: ShopName,
    pub pipeline: String,
    pub began: Moment,
    /// `None`: still at work, or cut down.
    pub ended: Option<Moment>,
    pub exit: Option<u8>,
    /// Counts and paths as JSON.
    pub summary: Option<String>,
}

/// All methods fail only on trouble with the store.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Runs {
    fn begin_run(&self, run: &RunId, shop: &ShopName, pipeline: &str, at: Moment) -> Result<(), LedgerError>;

    /// `summary_json` holds counts and paths, no cells: the ledger keeps no personal data.
    fn end_run(&self, run: &RunId, exit: u8, summary_json: &str, at: Moment) -> Result<(), LedgerError>;

    /// The last `most` runs, newest first.
    fn runs(&self, shop: &ShopName, most: usize) -> Result<Vec<RunMemory>, LedgerError>;

    /// This run is remembered.
    fn run_known(&self, run: &RunId) -> Result<bool, LedgerError>;

    /// Runs that began and never ended, oldest first. With the shop's lock in hand, all but one's own are dead.
    fn unfinished_runs(&self, shop: &ShopName) -> Result<Vec<RunMemory>, LedgerError>;
}

const COLUMNS: &str = "run, shop, pipeline, began, ended, exit, summary";

fn memory(row: &Row<'_>) -> rusqlite::Result<RunMemory> {
    let run: String = row.get(0)?;
    let run = RunId::parse(&run).ok_or(rusqlite::Error::InvalidColumnType(0, run, rusqlite::types::Type::Text))?;
    Ok(RunMemory {
        run,
        shop: ShopName(row.get(1)?),
        pipeline: row.get(2)?,
        began: moment(row.get(3)?),
        ended: row.get::<_, Option<i64>>(4)?.map(moment),
        exit: row.get(5)?,
        summary: row.get(6)?,
    })
}

impl Runs for SqliteLedger {
    fn begin_run(&self, run: &RunId, shop: &ShopName, pipeline: &str, at: Moment) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "INSERT INTO runs(run, shop, pipeline, began) VALUES (?1, ?2, ?3, ?4)";
            tx.execute(sql, (run.as_str(), &shop.0, pipeline, at.unix()))?;
            Ok(())
        })?;
        crash::point("run.begun");
        Ok(())
    }

    fn end_run(&self, run: &RunId, exit: u8, summary_json: &str, at: Moment) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "UPDATE runs SET ended = ?2, exit = ?3, summary = ?4 WHERE run = ?1";
            tx.execute(sql, (run.as_str(), at.unix(), exit, summary_json))?;
            Ok(())
        })?;
        crash::point("run.ended");
        Ok(())
    }

    fn runs(&self, shop: &ShopName, most: usize) -> Result<Vec<RunMemory>, LedgerError> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM runs WHERE shop = ?1 ORDER BY began DESC, rowid DESC LIMIT ?2");
            let mut query = conn.prepare_cached(&sql)?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let runs = query.query_map((&shop.0, most), memory)?.collect::<Result<_, _>>()?;
            Ok(runs)
        })
    }

    fn run_known(&self, run: &RunId) -> Result<bool, LedgerError> {
        self.read(|conn| Ok(conn.prepare_cached("SELECT 1 FROM runs WHERE run = ?1")?.exists([run.as_str()])?))
    }

    fn unfinished_runs(&self, shop: &ShopName) -> Result<Vec<RunMemory>, LedgerError> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM runs WHERE shop = ?1 AND ended IS NULL ORDER BY began, rowid");
            let mut query = conn.prepare_cached(&sql)?;
            let runs = query.query_map([&shop.0], memory)?.collect::<Result<_, _>>()?;
            Ok(runs)
        })
    }
}
