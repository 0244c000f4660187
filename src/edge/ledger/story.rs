//! One order's time-line, for `explain`: what was read, planned, asked, answered, and why nothing was
//! sent. The ledger itself notes every step of an intent; callers note the rest.

use super::{LedgerError, SqliteLedger, moment};
use crate::model::day::Moment;
use crate::model::ids::{OrderNumber, RunId, ShopName};
use rusqlite::Transaction;
use serde_json::Value;

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryLine {
    pub at: Moment,
    pub run: RunId,
    /// What happened: `planned`, `held`, `exported`, `sent`, `confirmed`, `refused`, `queued`, `unknown`,
    /// `not-sent`, `seen`, `not-seen`, `absent`, `withdrawn`, or a caller's own word.
    pub what: String,
    pub detail: Value,
}

/// All methods fail only on trouble with the store.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Story {
    /// Adds lines. One durable write; no personal data in `detail`.
    fn note(&self, shop: &ShopName, lines: &[(&OrderNumber, StoryLine)]) -> Result<(), LedgerError>;

    /// What happened to an order, oldest first.
    fn story(&self, shop: &ShopName, order: &OrderNumber) -> Result<Vec<StoryLine>, LedgerError>;
}

/// A line within somebody else's transaction.
pub(super) fn tell(
    tx: &Transaction<'_>,
    shop: &str,
    order: &str,
    at: Moment,
    run: &str,
    what: &str,
    detail: &Value,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO story(shop, order_no, at, run, what, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(sql)?.execute((shop, order, at.unix(), run, what, detail.to_string()))?;
    Ok(())
}

impl Story for SqliteLedger {
    fn note(&self, shop: &ShopName, lines: &[(&OrderNumber, StoryLine)]) -> Result<(), LedgerError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for (order, line) in lines {
                tell(tx, &shop.0, order.as_str(), line.at, line.run.as_str(), &line.what, &line.detail)?;
            }
            Ok(())
        })
    }

    fn story(&self, shop: &ShopName, order: &OrderNumber) -> Result<Vec<StoryLine>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT at, run, what, detail FROM story WHERE shop = ?1 AND order_no = ?2 ORDER BY id";
            let mut query = conn.prepare_cached(sql)?;
            let mut rows = query.query((&shop.0, order.as_str()))?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let (run, detail): (String, String) = (row.get(1)?, row.get(3)?);
                out.push(StoryLine {
                    at: moment(row.get(0)?),
                    run: RunId::parse(&run).ok_or_else(|| LedgerError::entry(&run))?,
                    what: row.get(2)?,
                    detail: serde_json::from_str(&detail).map_err(LedgerError::entry)?,
                });
            }
            Ok(out)
        })
    }
}
