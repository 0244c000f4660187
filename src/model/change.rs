//! One thing to tell the mall. A change that changes nothing does not exist.

use super::day::Day;
use super::ids::{BasketId, ItemId, OrderNumber, ShopName, SubStatusId};
use super::money::{Amount, TaxRate, Yen};
use super::sheet::Source;
use super::shipment::{RowWrite, ShipChange};
use super::wish::{ReasonCode, Restock, Wish};
use super::words::Why;
use serde::{Deserialize, Serialize};

/// A value as it was seen and as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WasNow<T> {
    pub was: T,
    pub now: T,
}

/// Edits of one item line; `None` leaves the value alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemEdit {
    pub item: Option<ItemId>,
    /// In the tax mode RMS holds the item in.
    pub price: Option<WasNow<Yen>>,
    pub units: Option<WasNow<i64>>,
    pub tax_rate: Option<WasNow<Option<TaxRate>>>,
}

/// Edits of one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketEdit {
    pub basket: BasketId,
    pub postage: Option<WasNow<Amount>>,
    pub cod_fee: Option<WasNow<Amount>>,
    pub items: Vec<ItemEdit>,
}

/// An amount update: what changes, and what the order must cost afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    pub baskets: Vec<BasketEdit>,
    /// 減額理由, exactly when it is due or given.
    pub reason: Option<ReasonCode>,
    /// 総合計（税込） before points, old → new; open amounts make it open.
    pub total: WasNow<Amount>,
    /// 請求金額 after the change, lowest and highest where rounding of tax is not certain (equal when it is).
    pub request_price: WasNow<Amount>,
    pub request_price_range: Option<(Yen, Yen)>,
    /// After shipping: another call.
    pub after_shipping: bool,
}

impl Amendment {
    /// By how much the total falls; zero if it does not, or if either side is open.
    pub fn decrease(&self) -> Yen {
        match (self.total.was, self.total.now) {
            (Amount::Fixed(was), Amount::Fixed(now)) if now < was => was - now,
            _ => Yen::ZERO,
        }
    }

    /// The lowest and the highest total to come, where they differ.
    pub fn total_range(&self) -> Option<(Yen, Yen)> {
        let (Amount::Fixed(now), Some((low, high))) = (self.total.now, self.request_price_range) else { return None };
        (low < high).then(|| (now, now + (high - low)))
    }

    /// The total rises, or may rise where the rounding of tax is not certain.
    pub fn increases(&self) -> bool {
        let spread = self.request_price_range.map_or(Yen::ZERO, |(low, high)| high - low);
        matches!((self.total.was, self.total.now), (Amount::Fixed(was), Amount::Fixed(now)) if now + spread > was)
    }
}

/// A cancellation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub reason: ReasonCode,
    pub restock: Restock,
    pub after_shipping: bool,
}

/// ひとことメモ: what was there and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoEdit {
    /// Hash of the memo seen; the text itself may hold personal data and is not kept.
    pub was_hash: String,
    /// Text to add at the end, or the whole text if `replace`.
    pub text: String,
    pub replace: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Ship(ShipChange),
    Amend(Amendment),
    Confirm,
    Cancel(Cancellation),
    SubStatus { was: Option<SubStatusId>, now: SubStatusId, name: String },
    Memo(MemoEdit),
}

/// The kinds, in the order of a night's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Cancel,
    Amend,
    Confirm,
    Ship,
    SubStatus,
    Memo,
}

impl Kind {
    /// The kind of change that a row asks for; a row of marks may ask for a memo too, and counts as a sub-status.
    pub fn asked_by(wish: &Wish) -> Kind {
        match wish {
            Wish::Ship(_) => Kind::Ship,
            Wish::Amend(_) => Kind::Amend,
            Wish::Cancel(_) => Kind::Cancel,
            Wish::Confirm(_) => Kind::Confirm,
            Wish::Mark(_) => Kind::SubStatus,
        }
    }

    pub const ALL: [Kind; 6] = [Kind::Cancel, Kind::Amend, Kind::Confirm, Kind::Ship, Kind::SubStatus, Kind::Memo];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Cancel => "cancel",
            Kind::Amend => "amend",
            Kind::Confirm => "confirm",
            Kind::Ship => "ship",
            Kind::SubStatus => "sub-status",
            Kind::Memo => "memo",
        }
    }

    pub fn ja(self) -> &'static str {
        match self {
            Kind::Cancel => "キャンセル",
            Kind::Amend => "金額の更新",
            Kind::Confirm => "注文確認",
            Kind::Ship => "荷物番号",
            Kind::SubStatus => "サブステータス",
            Kind::Memo => "ひとことメモ",
        }
    }
}

/// One change of one order, with the rows that asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub shop: ShopName,
    pub order: OrderNumber,
    /// The order's state when it was looked at.
    pub state: i64,
    pub what: What,
    /// The name of the stage in the pipeline file.
    pub stage: String,
    /// Rows that this change settles; never empty except for changes made from an import.
    pub sources: Vec<Source>,
    /// Keyed hash of the part of the order this change rests on; delivery refuses if it differs.
    pub picture: String,
    /// Things worth knowing that do not hold it.
    pub notes: Vec<Why>,
}

impl Change {
    pub fn kind(&self) -> Kind {
        match self.what {
            What::Ship(_) => Kind::Ship,
            What::Amend(_) => Kind::Amend,
            What::Confirm => Kind::Confirm,
            What::Cancel(_) => Kind::Cancel,
            What::SubStatus { .. } => Kind::SubStatus,
            What::Memo(_) => Kind::Memo,
        }
    }

    /// The identity of what is said: shop + order + destination + content, normalised. Two changes with
    /// one key say the same thing; the ledger lets only one of them go.
    pub fn key(&self) -> String {
        let Change { shop, order, what, .. } = self;
        let said = match what {
            What::Ship(ShipChange { basket, write, .. }) => {
                let shipment = |s: &super::shipment::Shipment| {
                    let number = s.number.as_ref().map(super::shipment::TrackingNumber::key).unwrap_or_default();
                    format!("{}:{number}:{}", s.carrier.code(), s.date)
                };
                match write {
                    // Filling and adding say the same to the customer: this parcel, this number.
                    RowWrite::Fill(_, s) | RowWrite::Add(s) => format!("ship:{basket}:{}", shipment(s)),
                    RowWrite::Amend(row, s) => format!("ship:{basket}:amend:{row}:{}", shipment(s)),
                    RowWrite::Delete(row) => format!("ship:{basket}:delete:{row}"),
                }
            }
            What::Amend(amendment) => {
                let mut text = String::from("amend");
                for basket in &amendment.baskets {
                    use std::fmt::Write as _;
                    let _ = write!(text, ":{}", basket.basket);
                    if let Some(edit) = &basket.postage {
                        let _ = write!(text, ",p{}", edit.now.to_wire());
                    }
                    if let Some(edit) = &basket.cod_fee {
                        let _ = write!(text, ",c{}", edit.now.to_wire());
                    }
                    for item in &basket.items {
                        let _ = write!(text, ",i{}", item.item.map_or(0, |id| id.0));
                        if let Some(edit) = &item.price {
                            let _ = write!(text, "y{}", edit.now.0);
                        }
                        if let Some(edit) = &item.units {
                            let _ = write!(text, "u{}", edit.now);
                        }
                        if let Some(edit) = &item.tax_rate {
                            let _ = write!(text, "t{}", edit.now.map_or(0, |rate| rate.0));
                        }
                    }
                }
                text
            }
            What::Confirm => "confirm".to_owned(),
            What::Cancel(_) => "cancel".to_owned(),
            What::SubStatus { now, .. } => format!("sub-status:{now}"),
            What::Memo(memo) => format!("memo:{}:{}", memo.replace, memo.text),
        };
        format!("{shop}/{order}/{said}")
    }

    /// Sending this a second time does something a second time: a row without id.
    pub fn adds(&self) -> bool {
        matches!(&self.what, What::Ship(ShipChange { write: RowWrite::Add(_), .. }))
    }

    /// The ship date, if this is a shipping row with one.
    pub fn ship_date(&self) -> Option<Day> {
        match &self.what {
            What::Ship(ShipChange { write, .. }) => write.shipment().map(|shipment| shipment.date),
            _ => None,
        }
    }
}
