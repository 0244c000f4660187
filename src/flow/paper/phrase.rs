//! A change in the words of the trade: what is done, and each value as it was and as it shall be.
//! All papers take their words from here, so that a sheet, a page and the screen say the same.

use super::label::{self, Label};
use crate::model::carrier::Carrier;
use crate::model::change::{Amendment, BasketEdit, Cancellation, Change, Kind, What};
use crate::model::ids::BasketId;
use crate::model::money::{Amount, TaxRate, Yen};
use crate::model::receipt::Standing;
use crate::model::sheet::Source;
use crate::model::shipment::{RowWrite, ShipChange};
use crate::model::wish::Restock;
use crate::model::words::{Lang, Why};
use serde::Serialize;

/// One value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    pub field: String,
    pub was: String,
    pub now: String,
}

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phrase {
    /// What is done, as a short sentence.
    pub act: String,
    pub edits: Vec<Edit>,
    /// What goes with it: the reason, the stock, the text of a memo.
    pub extras: Vec<String>,
}

/// The words of one change.
pub fn phrase(change: &Change, lang: Lang) -> Phrase {
    match &change.what {
        What::Ship(ship) => ship_phrase(ship, lang),
        What::Amend(amendment) => amend_phrase(amendment, lang),
        What::Confirm => Phrase {
            act: label::CONFIRM_ORDER.of(lang).to_owned(),
            edits: vec![edit(&label::STATE, &state(change.state, lang), &state(200, lang), lang)],
            extras: Vec::new(),
        },
        What::Cancel(cancellation) => cancel_phrase(cancellation, lang),
        What::SubStatus { was, now, name } => {
            let was = was.map_or_else(|| label::NONE.of(lang).to_owned(), |id| id.to_string());
            let now = if name.is_empty() { now.to_string() } else { format!("{name} ({now})") };
            Phrase {
                act: label::SET_SUB_STATUS.of(lang).to_owned(),
                edits: vec![edit(&label::SUB_STATUS, &was, &now, lang)],
                extras: Vec::new(),
            }
        }
        What::Memo(memo) => {
            let act = if memo.replace { &label::MEMO_REPLACE } else { &label::MEMO_ADD };
            Phrase { act: act.of(lang).to_owned(), edits: Vec::new(), extras: vec![memo.text.clone()] }
        }
    }
}

impl Phrase {
    /// All of it on one line, for a cell or the screen.
    pub fn line(&self, lang: Lang) -> String {
        let Phrase { act, edits, extras } = self;
        let said = edits.iter().map(|Edit { field, was, now }| {
            label::ARROW.fill(lang, &[("field", field.as_str()), ("was", was.as_str()), ("now", now.as_str())])
        });
        let parts: Vec<String> = said.chain(extras.iter().map(|extra| one_line(extra))).collect();
        if parts.is_empty() { act.clone() } else { format!("{act}: {}", parts.join(label::JOIN.of(lang))) }
    }
}

/// The destination a change speaks of, if it is one.
pub fn basket(change: &Change) -> Option<BasketId> {
    match &change.what {
        What::Ship(ship) => Some(ship.basket),
        What::Amend(amendment) => match amendment.baskets.as_slice() {
            [only] => Some(only.basket),
            _ => None,
        },
        What::Confirm | What::Cancel(_) | What::SubStatus { .. } | What::Memo(_) => None,
    }
}

fn ship_phrase(ship: &ShipChange, lang: Lang) -> Phrase {
    let ShipChange { basket: _, write, was } = ship;
    let none = label::NONE.of(lang);
    let row = write.row().map(|row| row.to_string()).unwrap_or_default();
    let act = match write {
        RowWrite::Fill(..) => &label::FILL_ROW,
        RowWrite::Add(_) => &label::ADD_ROW,
        RowWrite::Amend(..) => &label::AMEND_ROW,
        RowWrite::Delete(_) => &label::DELETE_ROW,
    }
    .fill(lang, &[("row", &row)]);
    let seen = was.clone().unwrap_or_default();
    let or_none = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| none.to_owned());
    let carrier_seen = seen.carrier.map(|code| match Carrier::from_code(&code) {
        Some(carrier) => carrier.to_string(),
        None => code,
    });
    let shipment = write.shipment();
    let pairs = [
        (&label::NUMBER, seen.number, shipment.and_then(|s| s.number.as_ref()).map(ToString::to_string)),
        (&label::CARRIER, carrier_seen, shipment.map(|s| s.carrier.to_string())),
        (&label::SHIP_DATE, seen.date, shipment.map(|s| s.date.to_string())),
    ];
    let edits = pairs
        .into_iter()
        .map(|(field, was, now)| edit(field, &or_none(was), &or_none(now), lang))
        .filter(|edit| edit.was != edit.now)
        .collect();
    Phrase { act, edits, extras: Vec::new() }
}

fn amend_phrase(amendment: &Amendment, lang: Lang) -> Phrase {
    let Amendment { baskets, reason, total, request_price, request_price_range, after_shipping } = amendment;
    let mut edits = Vec::new();
    for BasketEdit { basket, postage, cod_fee, items } in baskets {
        let of_basket = |field: &Label| match baskets.len() {
            1 => field.of(lang).to_owned(),
            _ => label::OF_BASKET.fill(lang, &[("field", field.of(lang)), ("basket", &basket.to_string())]),
        };
        for (field, change) in [(&label::POSTAGE, postage), (&label::COD_FEE, cod_fee)] {
            if let Some(change) = change {
                edits.push(Edit {
                    field: of_basket(field),
                    was: amount(change.was, lang),
                    now: amount(change.now, lang),
                });
            }
        }
        for item in items {
            let of_item = |field: &Label| match item.item {
                Some(id) => label::OF_ITEM.fill(lang, &[("field", field.of(lang)), ("item", &id.to_string())]),
                None => of_basket(field),
            };
            if let Some(change) = &item.price {
                edits.push(Edit {
                    field: of_item(&label::PRICE),
                    was: yen(change.was, lang),
                    now: yen(change.now, lang),
                });
            }
            if let Some(change) = &item.units {
                edits.push(Edit {
                    field: of_item(&label::UNITS),
                    was: change.was.to_string(),
                    now: change.now.to_string(),
                });
            }
            if let Some(change) = &item.tax_rate {
                let rate = |rate: Option<TaxRate>| {
                    rate.map_or_else(|| label::NONE.of(lang).to_owned(), |rate| rate.to_string())
                };
                edits.push(Edit { field: of_item(&label::TAX_RATE), was: rate(change.was), now: rate(change.now) });
            }
        }
    }
    edits.push(edit(&label::TOTAL, &amount(total.was, lang), &total_now(amendment, lang), lang));
    let charged = match request_price_range {
        Some((low, high)) if low != high => {
            label::BETWEEN.fill(lang, &[("low", &yen(*low, lang)), ("high", &yen(*high, lang))])
        }
        _ => amount(request_price.now, lang),
    };
    edits.push(edit(&label::REQUEST_PRICE, &amount(request_price.was, lang), &charged, lang));
    let mut extras = Vec::new();
    if let (Amount::Fixed(was), Amount::Fixed(now)) = (total.was, total.now) {
        extras.push(difference(was, now, lang));
    }
    if let Some(reason) = reason {
        extras.push(label::REDUCTION_REASON.fill(lang, &[("reason", reason.name()), ("side", reason.side())]));
    }
    let act = if *after_shipping { &label::AMEND_SHIPPED } else { &label::AMEND_ORDER };
    Phrase { act: act.of(lang).to_owned(), edits, extras }
}

/// The total to come; a span where it hangs on a rounding that is not known.
pub fn total_now(amendment: &Amendment, lang: Lang) -> String {
    match (amendment.total_range(), amendment.total.now) {
        (Some((low, high)), _) => label::BETWEEN.fill(lang, &[("low", &yen(low, lang)), ("high", &yen(high, lang))]),
        (None, now) => amount(now, lang),
    }
}

fn cancel_phrase(cancellation: &Cancellation, lang: Lang) -> Phrase {
    let Cancellation { reason, restock, after_shipping } = cancellation;
    let act = if *after_shipping { &label::CANCEL_SHIPPED } else { &label::CANCEL_ORDER };
    let stock = match restock {
        Restock::AsItem => &label::RESTOCK_AS_ITEM,
        Restock::Restore => &label::RESTOCK_RESTORE,
        Restock::Keep => &label::RESTOCK_KEEP,
    };
    let reason = label::CANCEL_REASON.fill(lang, &[("reason", reason.name()), ("side", reason.side())]);
    Phrase { act: act.of(lang).to_owned(), edits: Vec::new(), extras: vec![reason, stock.of(lang).to_owned()] }
}

fn edit(field: &Label, was: &str, now: &str, lang: Lang) -> Edit {
    Edit { field: field.of(lang).to_owned(), was: was.to_owned(), now: now.to_owned() }
}

/// By how much a total rises or falls, in words; never with a sign in front, which a spreadsheet would compute.
pub fn difference(was: Yen, now: Yen, lang: Lang) -> String {
    match now.cmp(&was) {
        std::cmp::Ordering::Less => label::FALLS_BY.fill(lang, &[("n", &(was - now).to_string())]),
        std::cmp::Ordering::Greater => label::RISES_BY.fill(lang, &[("n", &(now - was).to_string())]),
        std::cmp::Ordering::Equal => label::SAME_TOTAL.of(lang).to_owned(),
    }
}

/// `5,500円`, `5,500 yen`.
pub fn yen(yen: Yen, lang: Lang) -> String {
    label::YEN.fill(lang, &[("n", &yen.to_string())])
}

/// The same, or that it is open.
pub fn amount(amount: Amount, lang: Lang) -> String {
    match amount {
        Amount::Fixed(fixed) => yen(fixed, lang),
        Amount::NotFixedYet => label::NOT_FIXED.of(lang).to_owned(),
    }
}

/// A count with thousands separators.
pub fn count(n: u64) -> String {
    Yen(i64::try_from(n).unwrap_or(i64::MAX)).to_string()
}

/// A duration in seconds as people say it.
pub fn duration(seconds: u64, lang: Lang) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (h, m) {
        (0, 0) => label::S.fill(lang, &[("s", &s.to_string())]),
        (0, _) => label::M_S.fill(lang, &[("m", &m.to_string()), ("s", &s.to_string())]),
        _ => label::H_M.fill(lang, &[("h", &h.to_string()), ("m", &m.to_string())]),
    }
}

/// The name of a kind of change.
pub fn kind(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Cancel => &label::KIND_CANCEL,
        Kind::Amend => &label::KIND_AMEND,
        Kind::Confirm => &label::KIND_CONFIRM,
        Kind::Ship => &label::KIND_SHIP,
        Kind::SubStatus => &label::KIND_SUB_STATUS,
        Kind::Memo => &label::KIND_MEMO,
    }
    .of(lang)
}

/// Where a change stands.
pub fn standing(standing: Standing, lang: Lang) -> &'static str {
    match standing {
        // A change still planned when the run ended was not sent in it.
        Standing::Planned => &label::UNSENT,
        Standing::Sending => &label::SENDING,
        Standing::Queued => &label::QUEUED,
        Standing::Confirmed => &label::CONFIRMED,
        Standing::Refused => &label::REFUSED,
        Standing::Unknown => &label::UNKNOWN,
        Standing::Absent => &label::ABSENT,
        Standing::Held => &label::HELD,
        Standing::Exported => &label::EXPORTED,
        Standing::Withdrawn => &label::WITHDRAWN,
    }
    .of(lang)
}

/// The order's state with its code: `300 発送待ち`.
pub fn state(code: i64, lang: Lang) -> String {
    let name = match code {
        100 => &label::STATE_100,
        200 => &label::STATE_200,
        300 => &label::STATE_300,
        400 => &label::STATE_400,
        500 => &label::STATE_500,
        600 => &label::STATE_600,
        700 => &label::STATE_700,
        800 => &label::STATE_800,
        900 => &label::STATE_900,
        _ => &label::STATE_OTHER,
    };
    format!("{code} {}", name.of(lang))
}

/// A row's place as a person finds it.
pub fn place(source: &Source, lang: Lang) -> String {
    label::PLACE.fill(lang, &[("file", &source.file), ("line", &source.line.to_string())])
}

/// Several places on one line; far too many are counted.
pub fn places(sources: &[Source], lang: Lang) -> String {
    /// More than this on one line helps nobody find a row.
    const SHOWN_MAX: usize = 5;
    let mut said: Vec<String> = sources.iter().take(SHOWN_MAX).map(|source| place(source, lang)).collect();
    if let Some(more) = sources.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        said.push(label::MORE.fill(lang, &[("n", &more.to_string())]));
    }
    said.join(label::JOIN.of(lang))
}

/// Several reasons on one line.
pub fn reasons(whys: &[Why], lang: Lang) -> String {
    whys.iter().map(|why| why.text(lang)).collect::<Vec<_>>().join(" / ")
}

/// Their remedies on one line, each said once.
pub fn remedies(whys: &[Why], lang: Lang) -> String {
    let mut said: Vec<String> = Vec::new();
    for why in whys {
        let remedy = why.remedy(lang);
        if !said.contains(&remedy) {
            said.push(remedy);
        }
    }
    said.join(" / ")
}

/// Line breaks and runs of blanks become one blank.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{amend_entry, fill_entry};
    use super::*;

    fn check(change: &Change, ja: &str) {
        assert_eq!(phrase(change, Lang::Ja).line(Lang::Ja), ja);
    }

    #[test]
    fn changes_are_said_with_was_and_now() {
        check(
            &fill_entry(1).change,
            "発送明細 880001 に記入: お荷物伝票番号: なし → 490212345678、配送会社: 1000 その他 → 1001 ヤマト運輸、発送日: なし → 2026-11-24",
        );
        check(
            &amend_entry(2).change,
            "金額を更新: 送料: 550円 → 0円、個数（商品明細 70000001）: 2 → 1、総合計（税込）: 5,500円 → 3,000円、請求金額: 5,000円 → 2,500円、2,500円の減額、減額理由: 欠品（店舗都合）",
        );
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        assert_eq!(duration(214, Lang::Ja), "3分34秒");
        assert_eq!(duration(59, Lang::En), "59 s");
        assert_eq!(duration(7260, Lang::Ja), "2時間1分");
    }
}
