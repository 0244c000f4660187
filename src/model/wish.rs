//! What a file's row asks for, understood but not yet held against what RMS knows.

use super::carrier::Carrier;
use super::day::Day;
use super::ids::{BasketId, ItemId, OrderNumber, RowId, SubStatusId};
use super::money::{Amount, TaxRate, Yen};
use super::sheet::Source;
use super::shipment::TrackingNumber;
use super::words::Why;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The 処理 column of a shipments file; blank leaves it to the comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShipAction {
    #[default]
    Decide,
    /// 追加
    Add,
    /// 訂正
    Correct,
    /// 削除
    Delete,
}

/// One parcel of one order, from one row. Joint shipping gives one wish per order from one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipWish {
    pub source: Source,
    pub order: OrderNumber,
    pub basket: Option<BasketId>,
    pub row: Option<RowId>,
    pub carrier: Carrier,
    /// `None` only where the row's 配送方法 is one of the shop's `no_number` methods, or for a deletion.
    pub number: Option<TrackingNumber>,
    pub date: Day,
    pub action: ShipAction,
    /// The layout proves that several parcels belong to this destination (複数口くくりキー, 送り状種類 6, 個数 = rows).
    pub several_proven: bool,
    /// Things that were mended on the way (full-width digits, lost zeros …), said in the report.
    pub notes: Vec<Why>,
}

/// One row of corrections. An empty cell leaves a value as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmendWish {
    pub source: Source,
    pub order: OrderNumber,
    pub basket: Option<BasketId>,
    pub item: Option<ItemId>,
    pub postage: Option<Amount>,
    pub cod_fee: Option<Amount>,
    pub price: Option<Yen>,
    pub units: Option<i64>,
    pub tax_rate: Option<TaxRate>,
    /// 消費税 as the file says it; only checked, never sent.
    pub tax: Option<Yen>,
    pub reason: Option<ReasonCode>,
    /// The row came from an edited order CSV: only what differs from the baseline counts.
    pub from_order_csv: bool,
    /// Of an edited order CSV: other columns that this program knows to be in the order, as written,
    /// so that a change outside `fields` is seen. Personal ones are in memory only: they leave no trace
    /// in what is stored or written.
    #[serde(serialize_with = "without_personal")]
    pub other_cells: BTreeMap<String, String>,
    pub notes: Vec<Why>,
}

/// How the names of an order CSV's columns begin that name or reach a person, or that people wrote.
const PERSONAL: [&str; 13] = [
    "注文者",
    "送付先郵便番号",
    "送付先住所",
    "送付先姓",
    "送付先名",
    "送付先電話番号",
    "のし",
    "項目・選択肢",
    "担当者",
    "ひとことメモ",
    "メール差込文",
    "コメント",
    "クレジットカード",
];

/// Whether a column of the mall's order CSV holds personal data, by its name.
pub fn is_personal_column(name: &str) -> bool {
    // 注文者負担金合計 is a sum of money.
    name != "注文者負担金合計" && PERSONAL.iter().any(|front| name.starts_with(front))
}

fn without_personal<S: serde::Serializer>(cells: &BTreeMap<String, String>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(cells.iter().filter(|(name, _)| !is_personal_column(name)))
}

/// 減額理由 / キャンセル理由: the mall's reason codes that can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonCode(pub u8);

impl ReasonCode {
    /// Code, name, and whose side it stands for (`客` or `店`), in the mall's order.
    pub const ALL: [(u8, &'static str, &'static str); 11] = [
        (1, "キャンセル", "お客様都合"),
        (2, "受取後の返品", "お客様都合"),
        (3, "長期不在による受取拒否", "お客様都合"),
        (4, "未入金", "お客様都合"),
        (5, "代引決済の受取拒否", "お客様都合"),
        (6, "その他", "お客様都合"),
        (8, "欠品", "店舗都合"),
        (10, "その他", "店舗都合"),
        (13, "発送遅延", "店舗都合"),
        (14, "顧客・配送対応注意表示", "店舗都合"),
        (15, "返品（破損・品間違い）", "店舗都合"),
    ];

    pub fn from_code(code: i64) -> Option<ReasonCode> {
        Self::ALL.iter().find(|(known, ..)| i64::from(*known) == code).map(|(known, ..)| ReasonCode(*known))
    }

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(code, ..)| *code == self.0).map_or("", |(_, name, _)| name)
    }

    pub fn side(self) -> &'static str {
        Self::ALL.iter().find(|(code, ..)| *code == self.0).map_or("", |(.., side)| side)
    }
}

/// 在庫連動: what a cancellation does to the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restock {
    /// 商品の設定に従う (0)
    AsItem,
    /// 連動する (1)
    Restore,
    /// 連動しない (2)
    Keep,
}

/// One row of a cancellations file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelWish {
    pub source: Source,
    pub order: OrderNumber,
    pub reason: ReasonCode,
    pub restock: Restock,
    /// 返品済 = ○
    pub returned: bool,
    /// 処理 = 確定
    pub settle: bool,
    pub notes: Vec<Why>,
}

/// One row of a confirmations file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmWish {
    pub source: Source,
    pub order: OrderNumber,
}

/// A sub-status by its id or by its name (resolved for the order's state at its turn).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubStatusWish {
    Id(SubStatusId),
    Name(String),
}

/// One row of a marks file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkWish {
    pub source: Source,
    pub order: OrderNumber,
    pub sub_status: Option<SubStatusWish>,
    pub memo: Option<String>,
    pub notes: Vec<Why>,
}

/// What one stage's rows ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    Ship(ShipWish),
    Amend(AmendWish),
    Cancel(CancelWish),
    Confirm(ConfirmWish),
    Mark(MarkWish),
}

impl ShipWish {
    /// The number as people read it; empty if there is none.
    pub fn number_shown(&self) -> String {
        self.number.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl Wish {
    pub fn order(&self) -> &OrderNumber {
        match self {
            Wish::Ship(wish) => &wish.order,
            Wish::Amend(wish) => &wish.order,
            Wish::Cancel(wish) => &wish.order,
            Wish::Confirm(wish) => &wish.order,
            Wish::Mark(wish) => &wish.order,
        }
    }

    pub fn source_mut(&mut self) -> &mut Source {
        match self {
            Wish::Ship(wish) => &mut wish.source,
            Wish::Amend(wish) => &mut wish.source,
            Wish::Cancel(wish) => &mut wish.source,
            Wish::Confirm(wish) => &mut wish.source,
            Wish::Mark(wish) => &mut wish.source,
        }
    }

    pub fn source(&self) -> &Source {
        match self {
            Wish::Ship(wish) => &wish.source,
            Wish::Amend(wish) => &wish.source,
            Wish::Cancel(wish) => &wish.source,
            Wish::Confirm(wish) => &wish.source,
            Wish::Mark(wish) => &wish.source,
        }
    }
}
