//! From the key a file carries to the orders it stands for: the whole number, a number with a branch,
//! a serial, or an entry of a key list. Never by prefix: a key that is not whole is said to be so.

use super::Context;
use crate::flow::clean::{Cleaned, bare, is_scientific, narrow, without_zero_tail};
use crate::flow::layout::normal_name;
use crate::model::ids::{BasketId, OrderNumber};
use crate::model::layout::KeyWay;
use crate::model::sheet::Sheet;
use crate::model::words::Why;
use crate::model::words::comparing::ORDER_OTHER_SHOP;
use crate::model::words::lifting as words;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Branches may be stacked (destination, then parcel), but not without end.
const BRANCHES_MAX: usize = 3;

/// A branch is short; anything longer behind the separator is something else.
const BRANCH_CHARS_MAX: usize = 12;

/// Candidates named in a message.
const NAMED_MAX: usize = 5;

/// An order, and the destination where the key list gives one.
pub(super) type Target = (OrderNumber, Option<BasketId>);

/// A source's way from keys to orders, with its lists made ready for many look-ups.
pub(super) struct Keys<'a> {
    cx: &'a Context<'a>,
    way: &'a KeyWay,
    /// Serial without its leading zeros → open orders.
    serials: BTreeMap<&'a str, Vec<&'a OrderNumber>>,
    /// Key → orders, or the text that stands there instead of an order number. `None` if the list cannot be used.
    listed: Option<BTreeMap<String, Vec<Result<Target, String>>>>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(cx: &'a Context<'a>) -> Keys<'a> {
        let way = cx.read.over.key.as_ref().unwrap_or(&cx.layout.key);
        let mut serials: BTreeMap<&str, Vec<&OrderNumber>> = BTreeMap::new();
        if *way == KeyWay::Serial {
            for order in cx.open_orders.unwrap_or_default() {
                serials.entry(core(order.serial())).or_default().push(order);
            }
        }
        let listed = match way {
            KeyWay::Bridge { key, order, basket, .. } => {
                cx.bridge.and_then(|sheet| list(sheet, key, order, basket.as_deref()))
            }
            _ => None,
        };
        Keys { cx, way, serials, listed }
    }

    /// The orders a key stands for: at least one, and all of this shop.
    pub(super) fn find(&self, raw: &str) -> Result<Cleaned<Vec<Target>>, Why> {
        let mut bare = bare(raw);
        let text = &*hyphens(&bare.text);
        let targets = match OrderNumber::parse(text) {
            Some(order) => vec![(order, None)],
            None => match self.way {
                KeyWay::OrderNumber => return Err(fault(text)),
                KeyWay::Branch { separators } => vec![(stem(text, separators).ok_or_else(|| fault(text))?, None)],
                KeyWay::Serial => {
                    let order = self.by_serial(text)?;
                    if order.serial() != text {
                        bare.notes.push(
                            words::KEY_ZEROS_ADDED
                                .with([("value", text.to_owned()), ("taken", order.serial().to_owned())]),
                        );
                    }
                    vec![(order, None)]
                }
                KeyWay::Bridge { file, key, order, .. } => self.by_list(text, file, key, order)?,
            },
        };
        if let Some(shop) = self.cx.shop_digits
            && let Some((order, _)) = targets.iter().find(|(order, _)| order.shop_digits() != shop)
        {
            return Err(ORDER_OTHER_SHOP.with([("order", order.to_string()), ("shop", shop.to_owned())]));
        }
        Ok(Cleaned { value: targets, notes: bare.notes })
    }

    fn by_serial(&self, text: &str) -> Result<OrderNumber, Why> {
        let value = || ("value", text.to_owned());
        if is_scientific(text) || without_zero_tail(text).is_some() {
            return Err(words::KEY_DAMAGED.with([value()]));
        }
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fault(text));
        }
        if self.cx.open_orders.is_none() {
            return Err(words::KEY_SERIAL_BLIND.with([value()]));
        }
        let near = self.serials.get(core(text)).map(Vec::as_slice).unwrap_or_default();
        // Serials of 8 and of 10 digits may share their core; the exact one is meant then.
        let exact: Vec<_> = near.iter().filter(|order| order.serial() == text).collect();
        match (exact.as_slice(), near) {
            ([only], _) => Ok((**only).clone()),
            ([], [only]) => Ok((*only).clone()),
            ([], []) => Err(words::KEY_SERIAL_UNKNOWN.with([value()])),
            _ => {
                let named: Vec<&str> = near.iter().take(NAMED_MAX).map(|order| order.as_str()).collect();
                Err(words::KEY_SERIAL_AMBIGUOUS.with([value(), ("orders", named.join(", "))]))
            }
        }
    }

    fn by_list(&self, text: &str, file: &str, key: &str, order: &str) -> Result<Vec<Target>, Why> {
        let Some(listed) = &self.listed else {
            let columns = format!("{key}, {order}");
            return Err(words::KEY_LIST_MISSING.with([("file", file.to_owned()), ("columns", columns)]));
        };
        let value = || ("value", text.to_owned());
        let Some(entries) = listed.get(text) else {
            let word = if is_scientific(text) { &words::KEY_DAMAGED } else { &words::KEY_NOT_LISTED };
            return Err(word.with([value(), ("file", file.to_owned())]));
        };
        let mut targets = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                Ok(target) => targets.push(target.clone()),
                Err(order) => return Err(words::KEY_LIST_FAULTY.with([value(), ("order", order.clone())])),
            }
        }
        Ok(targets)
    }
}

/// Digits without leading zeros, at least one digit.
fn core(serial: &str) -> &str {
    let core = serial.trim_start_matches('0');
    if core.is_empty() && !serial.is_empty() { "0" } else { core }
}

/// Any of the many dashes as the plain one.
fn hyphens(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let dash = |c: char| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff70}');
    Cow::Owned(text.chars().map(|c| if dash(c) { '-' } else { c }).collect())
}

/// The order number in front of a branch.
fn stem(text: &str, separators: &[String]) -> Option<OrderNumber> {
    let mut rest = text;
    for _ in 0..BRANCHES_MAX {
        // Cells are half-width by now, so the separator must be as well.
        let cuts = separators.iter().filter_map(|separator| rest.rsplit_once(&*narrow(separator)));
        // The rightmost separator, so that one branch goes at a time.
        let (stem, branch) = cuts.max_by_key(|(stem, _)| stem.len())?;
        if branch.chars().count() > BRANCH_CHARS_MAX {
            return None;
        }
        if let Some(order) = OrderNumber::parse(stem.trim_end()) {
            return Some(order);
        }
        rest = stem;
    }
    None
}

/// What is wrong with a text that should be an order number.
fn fault(text: &str) -> Why {
    let value = ("value", text.to_owned());
    if is_scientific(text) || without_zero_tail(text).is_some() {
        return words::KEY_DAMAGED.with([value]);
    }
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let cut = match parts.as_slice() {
        [shop, day] => shop.len() == 6 && digits(shop) && digits(day) && day.len() <= 8,
        [shop, day, serial] => {
            shop.len() == 6 && digits(shop) && digits(day) && day.len() == 8 && digits(serial) && serial.len() < 6
        }
        _ => false,
    };
    if cut {
        return words::KEY_CUT.with([value]);
    }
    let separators: Vec<String> = ["_", "-", "(", " ", "/"].map(str::to_owned).to_vec();
    if stem(text, &separators).is_some() {
        return words::KEY_BRANCH.with([value]);
    }
    words::KEY_FORM.with([value])
}

/// A key list made ready; `None` if one of its columns is not there.
fn list(
    sheet: &Sheet,
    key: &str,
    order: &str,
    basket: Option<&str>,
) -> Option<BTreeMap<String, Vec<Result<Target, String>>>> {
    let place = |name: &str| {
        let wanted = normal_name(name);
        sheet.columns.iter().position(|known| normal_name(known) == wanted)
    };
    let (key, order) = (place(key)?, place(order)?);
    let basket = place(basket.unwrap_or("送付先ID"));
    let mut out: BTreeMap<String, Vec<Result<Target, String>>> = BTreeMap::new();
    for row in &sheet.rows {
        let cell = |place: usize| row.cells.get(place).map(|cell| bare(cell).text).unwrap_or_default();
        let key = hyphens(&cell(key)).into_owned();
        if key.is_empty() {
            continue;
        }
        let text = hyphens(&cell(order)).into_owned();
        let entry = match OrderNumber::parse(&text) {
            Some(number) => Ok((number, basket.and_then(|place| BasketId::parse(&cell(place))))),
            None => Err(text),
        };
        let entries = out.entry(key).or_default();
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{A, B, Bench, sheet};
    use super::*;

    /// A key leads to these orders, or fails with this code.
    fn check(bench: &Bench, raw: &str, expect: &str) {
        let found = bench.with(|cx| match Keys::new(cx).find(raw) {
            Ok(found) => found
                .value
                .iter()
                .map(|(order, basket)| match basket {
                    Some(basket) => format!("{order}@{basket}"),
                    None => order.to_string(),
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(why) => why.code().to_owned(),
        });
        assert_eq!(found, expect, "{raw}");
    }

    #[test]
    fn the_whole_number_is_the_default() {
        let bench = Bench::new("yamato-b2");
        check(&bench, A, A);
        check(&bench, " ５５５００１－２０２６０４０１－０００００００１０１　", A);
        check(&bench, &format!("=\"{A}\""), A);
        check(&bench, "555001-20260401-", "key-cut");
        check(&bench, "555001-20260401-0000", "key-cut");
        check(&bench, "555001-2026", "key-cut");
        check(&bench, &format!("{A}_1"), "key-branch");
        check(&bench, "1.23E+11", "key-damaged");
        check(&bench, "20260401", "key-form");
        check(&bench, "999999-20260401-0000000101", "order-other-shop");
    }

    #[test]
    fn a_branch_is_taken_off_only_where_it_is_set() {
        let mut bench = Bench::new("tempostar-shipped");
        check(&bench, A, A);
        check(&bench, &format!("{A}_1"), A);
        check(&bench, &format!("{A}_1_2"), A);
        check(&bench, &format!("{A}(2)"), "key-branch");
        check(&bench, "555001-20260401-0000_1", "key-form");
        bench.read.over.key = Some(KeyWay::Branch { separators: vec!["-".into(), "（".into()] });
        check(&bench, &format!("{A}-1"), A);
        check(&bench, &format!("{A}（冷蔵）"), A);
        check(&bench, &format!("{A}_1"), "key-branch");
    }

    #[test]
    fn a_serial_must_be_unique_among_the_open_orders() {
        let mut bench = Bench::new("yamato-b2");
        bench.read.over.key = Some(KeyWay::Serial);
        check(&bench, "0000000101", "key-serial-blind");
        let twin = "555001-20260402-0000000102";
        bench.open = Some([A, B, twin].map(|order| OrderNumber::parse(order).unwrap()).to_vec());
        check(&bench, "0000000101", A);
        check(&bench, "101", A);
        check(&bench, "0000000102", "key-serial-ambiguous");
        check(&bench, "0000000999", "key-serial-unknown");
        check(&bench, B, B);
    }

    #[test]
    fn a_key_list_may_lead_to_several_orders() {
        let mut bench = Bench::new("next-engine-shipped");
        check(&bench, "7001", "key-list-missing");
        let rows = [
            format!("7001|{A}|1000000001"),
            format!("7001|{B}|"),
            format!("7001|{A}|1000000001"),
            "7002|wrong|".to_owned(),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        bench.bridge = Some(sheet("伝票番号|店舗伝票番号|送付先ID", &rows));
        check(&bench, "7001", &format!("{A}@1000000001 {B}"));
        check(&bench, "7002", "key-list-faulty");
        check(&bench, "7003", "key-not-listed");
        check(&bench, A, A);
    }
}
