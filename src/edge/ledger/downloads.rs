//! What the shop's own downloads said of its orders: states, destinations, shipping rows. Asked for only on
//! nights on which the API is closed. Without names or addresses, as everything here.

use super::{LedgerError, SqliteLedger};
use crate::model::day::Moment;
use crate::model::ids::ShopName;

/// Which file of RMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Download {
    /// 受注データ
    Orders,
    /// 発送完了報告データ
    Report,
}

impl Download {
    fn word(self) -> &'static str {
        match self {
            Download::Orders => "orders",
            Download::Report => "report",
        }
    }
}

/// All methods fail only on trouble with the store.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Downloads {
    /// Keeps what a download said; what is older than thirty days is dropped on the way.
    fn put_download(&self, shop: &ShopName, kind: Download, at: Moment, json: &str) -> Result<(), LedgerError>;

    /// What downloads since that moment said, oldest first.
    fn downloads(&self, shop: &ShopName, kind: Download, since: Moment) -> Result<Vec<String>, LedgerError>;
}

/// No setting makes a download older than this count.
const KEPT_SECONDS: i64 = 30 * 86_400;

impl Downloads for SqliteLedger {
    fn put_download(&self, shop: &ShopName, kind: Download, at: Moment, json: &str) -> Result<(), LedgerError> {
        self.write(|tx| {
            tx.execute("DELETE FROM downloads WHERE shop = ?1 AND at < ?2", (&shop.0, at.unix() - KEPT_SECONDS))?;
            let sql = "INSERT INTO downloads(shop, kind, at, said) VALUES (?1, ?2, ?3, ?4)";
            tx.execute(sql, (&shop.0, kind.word(), at.unix(), json))?;
            Ok(())
        })
    }

    fn downloads(&self, shop: &ShopName, kind: Download, since: Moment) -> Result<Vec<String>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT said FROM downloads WHERE shop = ?1 AND kind = ?2 AND at >= ?3 ORDER BY at, id";
            let mut query = conn.prepare_cached(sql)?;
            let rows = query.query_map((&shop.0, kind.word(), since.unix()), |row| row.get(0))?;
            rows.collect::<Result<Vec<String>, _>>().map_err(LedgerError::from)
        })
    }
}
