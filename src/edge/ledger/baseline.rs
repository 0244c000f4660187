//! What a shop was when we met it: orders as adopted, how far imports have read, what is known of the
//! key, and whether all orders must be read first because the memory is young.

use super::{LedgerError, SqliteLedger, moment};
use crate::edge::crash;
use crate::model::day::Moment;
use crate::model::ids::{OrderNumber, ShopName};
use rusqlite::OptionalExtension as _;
use std::collections::{BTreeSet, HashMap};

/// An order as it was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Amounts and ids in the caller's own JSON; no names or addresses.
    pub picture_json: String,
    pub at: Moment,
}

/// What is known of the licence key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyMemory {
    /// The last expiry RMS told us.
    pub expires: Option<Moment>,
    /// Since when it is refused without a break; `None` if it last worked.
    pub refused_since: Option<Moment>,
}

/// All methods fail only on trouble with the store.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Baselines {
    fn baseline(&self, shop: &ShopName, order: &OrderNumber) -> Result<Option<Baseline>, LedgerError>;

    /// Those of these orders that have one.
    fn baselines(
        &self,
        shop: &ShopName,
        orders: &[&OrderNumber],
    ) -> Result<HashMap<OrderNumber, Baseline>, LedgerError>;

    /// Sets or moves baselines. One durable write.
    fn put_baselines(&self, shop: &ShopName, at: Moment, pictures: &[(&OrderNumber, &str)]) -> Result<(), LedgerError>;

    /// All orders with a baseline.
    fn orders_known(&self, shop: &ShopName) -> Result<BTreeSet<OrderNumber>, LedgerError>;

    /// When the shop was adopted, if it was.
    fn first_import(&self, shop: &ShopName) -> Result<Option<Moment>, LedgerError>;

    /// The first moment stays.
    fn set_first_import(&self, shop: &ShopName, at: Moment) -> Result<(), LedgerError>;

    /// How far an import has read.
    fn cursor(&self, shop: &ShopName, import: &str) -> Result<Option<Moment>, LedgerError>;

    fn set_cursor(&self, shop: &ShopName, import: &str, at: Moment) -> Result<(), LedgerError>;

    fn key_memory(&self, shop: &ShopName) -> Result<KeyMemory, LedgerError>;

    /// The key works and expires then (if told); ends a refusal.
    fn key_works(&self, shop: &ShopName, expires: Option<Moment>) -> Result<(), LedgerError>;

    /// The key was refused; gives since when it has been, this time included.
    fn key_refused(&self, shop: &ShopName, at: Moment) -> Result<Moment, LedgerError>;

    /// The ledger is new or was restored, and this shop's orders were not all read since.
    fn look_first(&self, shop: &ShopName) -> Result<bool, LedgerError>;

    /// Something outside speaks of a run that this memory does not know (a report's folder, say), so the
    /// whole state folder was put back: every shop looks first again.
    fn distrust(&self) -> Result<(), LedgerError>;

    /// Every order concerned was read.
    fn looked_first(&self, shop: &ShopName) -> Result<(), LedgerError>;
}

impl SqliteLedger {
    fn shop_time(&self, shop: &ShopName, sql: &str) -> Result<Option<Moment>, LedgerError> {
        self.read(|conn| {
            let found: Option<Option<i64>> =
                conn.prepare_cached(sql)?.query_row([&shop.0], |row| row.get(0)).optional()?;
            Ok(found.flatten().map(moment))
        })
    }

    fn set_shop(&self, shop: &ShopName, sql: &str, value: i64) -> Result<(), LedgerError> {
        self.write(|tx| {
            tx.execute("INSERT INTO shops(shop) VALUES (?1) ON CONFLICT DO NOTHING", [&shop.0])?;
            tx.execute(sql, (&shop.0, value))?;
            Ok(())
        })
    }
}

impl Baselines for SqliteLedger {
    fn baseline(&self, shop: &ShopName, order: &OrderNumber) -> Result<Option<Baseline>, LedgerError> {
        Ok(self.baselines(shop, &[order])?.remove(order))
    }

    fn baselines(
        &self,
        shop: &ShopName,
        orders: &[&OrderNumber],
    ) -> Result<HashMap<OrderNumber, Baseline>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT picture, at FROM baselines WHERE shop = ?1 AND order_no = ?2";
            let mut query = conn.prepare_cached(sql)?;
            let mut out = HashMap::new();
            for order in orders {
                let found = query.query_row((&shop.0, order.as_str()), |row| {
                    Ok(Baseline { picture_json: row.get(0)?, at: moment(row.get(1)?) })
                });
                if let Some(baseline) = found.optional()? {
                    out.insert((*order).clone(), baseline);
                }
            }
            Ok(out)
        })
    }

    fn put_baselines(&self, shop: &ShopName, at: Moment, pictures: &[(&OrderNumber, &str)]) -> Result<(), LedgerError> {
        if pictures.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let sql = "INSERT INTO baselines(shop, order_no, picture, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET picture = excluded.picture, at = excluded.at";
            let mut put = tx.prepare_cached(sql)?;
            for (order, picture) in pictures {
                put.execute((&shop.0, order.as_str(), picture, at.unix()))?;
            }
            crash::point("baseline.inside");
            Ok(())
        })?;
        crash::point("baseline.after");
        Ok(())
    }

    fn orders_known(&self, shop: &ShopName) -> Result<BTreeSet<OrderNumber>, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT order_no FROM baselines WHERE shop = ?1")?;
            let mut rows = query.query([&shop.0])?;
            let mut out = BTreeSet::new();
            while let Some(row) = rows.next()? {
                let text: String = row.get(0)?;
                out.insert(OrderNumber::parse(&text).ok_or_else(|| LedgerError::entry(&text))?);
            }
            Ok(out)
        })
    }

    fn first_import(&self, shop: &ShopName) -> Result<Option<Moment>, LedgerError> {
        self.shop_time(shop, "SELECT first_import FROM shops WHERE shop = ?1")
    }

    fn set_first_import(&self, shop: &ShopName, at: Moment) -> Result<(), LedgerError> {
        let sql = "UPDATE shops SET first_import = ?2 WHERE shop = ?1 AND first_import IS NULL";
        self.set_shop(shop, sql, at.unix())
    }

    fn cursor(&self, shop: &ShopName, import: &str) -> Result<Option<Moment>, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT at FROM cursors WHERE shop = ?1 AND name = ?2")?;
            let at: Option<i64> = query.query_row((&shop.0, import), |row| row.get(0)).optional()?;
            Ok(at.map(moment))
        })
    }

    fn set_cursor(&self, shop: &ShopName, import: &str, at: Moment) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "INSERT INTO cursors(shop, name, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET at = excluded.at";
            tx.execute(sql, (&shop.0, import, at.unix()))?;
            Ok(())
        })
    }

    fn key_memory(&self, shop: &ShopName) -> Result<KeyMemory, LedgerError> {
        Ok(KeyMemory {
            expires: self.shop_time(shop, "SELECT key_expires FROM shops WHERE shop = ?1")?,
            refused_since: self.shop_time(shop, "SELECT key_refused FROM shops WHERE shop = ?1")?,
        })
    }

    fn key_works(&self, shop: &ShopName, expires: Option<Moment>) -> Result<(), LedgerError> {
        let known = self.key_memory(shop)?;
        if known.refused_since.is_none() && (expires.is_none() || expires == known.expires) {
            return Ok(());
        }
        self.write(|tx| {
            tx.execute("INSERT INTO shops(shop) VALUES (?1) ON CONFLICT DO NOTHING", [&shop.0])?;
            let sql = "UPDATE shops SET key_refused = NULL, key_expires = coalesce(?2, key_expires) WHERE shop = ?1";
            tx.execute(sql, (&shop.0, expires.map(Moment::unix)))?;
            Ok(())
        })
    }

    fn key_refused(&self, shop: &ShopName, at: Moment) -> Result<Moment, LedgerError> {
        let sql = "UPDATE shops SET key_refused = coalesce(key_refused, ?2) WHERE shop = ?1";
        self.set_shop(shop, sql, at.unix())?;
        Ok(self.key_memory(shop)?.refused_since.unwrap_or(at))
    }

    fn look_first(&self, shop: &ShopName) -> Result<bool, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT looked_epoch FROM shops WHERE shop = ?1")?;
            let looked: Option<i64> = query.query_row([&shop.0], |row| row.get(0)).optional()?;
            Ok(looked.unwrap_or(0) < self.epoch())
        })
    }

    fn distrust(&self) -> Result<(), LedgerError> {
        let epoch = self.write(|tx| {
            tx.execute("UPDATE ledger SET epoch = epoch + 1 WHERE one = 1", [])?;
            Ok(tx.query_row("SELECT epoch FROM ledger WHERE one = 1", [], |row| row.get(0))?)
        })?;
        self.epoch.set(epoch);
        Ok(())
    }

    fn looked_first(&self, shop: &ShopName) -> Result<(), LedgerError> {
        self.set_shop(shop, "UPDATE shops SET looked_epoch = max(looked_epoch, ?2) WHERE shop = ?1", self.epoch())
    }
}
