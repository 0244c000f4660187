//! How one kind of CSV looks, checked. Written as TOML by us (`src/layouts`) and by shops (`layouts/`);
//! the same form for both, so that a new carrier needs no Rust.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a layout's rows speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    Shipments,
    Orders,
    Corrections,
    Cancellations,
    Confirmations,
    Marks,
    /// RMS's own 発送完了報告 download: what RMS knows when there is no API.
    ShippingReport,
}

/// Logical columns that the program asks for by name, whatever the file calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The order key (need not be the 注文番号 itself).
    Key,
    Basket,
    Row,
    Number,
    Carrier,
    ShipDate,
    /// 削除区分 and the like: non-empty and not 0 = the slip was deleted.
    Deleted,
    /// 処理 (追加, 訂正, 削除, 確定).
    Action,
    /// 複数口くくりキー.
    SeveralKey,
    /// 送り状種類.
    SlipKind,
    /// 個数.
    Parcels,
    /// 配送方法, for carriers by method and for `no_number`.
    DeliveryMethod,
    Item,
    Postage,
    CodFee,
    Price,
    PriceExcluded,
    PriceIncluded,
    Units,
    TaxRate,
    Tax,
    Reason,
    Restock,
    Returned,
    SubStatus,
    Memo,
}

/// Whether the first record names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Header {
    Yes,
    No,
    /// Judged by the names found: a first record in which a needed name stands is a header.
    #[default]
    Auto,
}

/// How tracking numbers are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NumberCheck {
    /// A failed check rejects the row until mended.
    Hold,
    Warn,
    Off,
}

/// One logical column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The field's main name in files and messages.
    pub name: String,
    /// Other names seen, all compared normalised.
    pub aliases: Vec<String>,
    /// 1-based place in a file without header.
    pub position: Option<usize>,
}

/// What to tell the person about a file that is another one, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    pub ja: String,
    pub en: String,
}

/// How the order key leads to an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyWay {
    /// The whole 注文番号.
    #[default]
    OrderNumber,
    /// 注文番号 followed by a branch that this pattern describes: a literal separator (`_`, `-`, `(`) and what follows.
    Branch { separators: Vec<String> },
    /// The serial at the end of 注文番号; must be unique among the shop's open orders.
    Serial,
    /// A list `管理番号,注文番号,送付先ID` (names configurable) written when the labels were made.
    Bridge { file: String, key: String, order: String, basket: Option<String> },
}

/// A checked layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub name: String,
    pub title: String,
    pub subject: Subject,
    /// `auto`, `utf-8`, `cp932`, `utf-16`.
    pub encoding: String,
    pub header: Header,
    /// Column counts a headerless file may have; empty = any.
    pub counts: Vec<usize>,
    /// All column names by position, for headerless files' error sheets; may be empty.
    pub all_columns: Vec<String>,
    pub columns: BTreeMap<Field, Column>,
    /// Needed besides the order key.
    pub needed: Vec<Field>,
    /// Fixed carrier code for every row, unless a column says otherwise.
    pub carrier: Option<String>,
    pub key: KeyWay,
    pub check: NumberCheck,
    /// Lengths of a good number; empty = any.
    pub lengths: Vec<usize>,
    /// `mod7`, `s10`, `none`, `mod7-of-11`.
    pub check_digit: String,
    pub date_patterns: Vec<String>,
    /// Values of [`Field::SlipKind`] that prove several parcels.
    pub several_kinds: Vec<String>,
    /// Header names (normalised) that tell another, wrong file: name → what to tell the person.
    pub not_this: BTreeMap<String, Hint>,
    /// The file is complete only when this marker with the same stem is there (`.lock`).
    pub completion_suffix: Option<String>,
}
