//! Who carries a parcel: the row's column, the layout, the shop's table by 配送方法. Where two of them
//! name a carrier they must agree; where none does, nothing is assumed.

use super::Context;
use crate::flow::clean;
use crate::flow::layout::normal_name;
use crate::model::carrier::Carrier;
use crate::model::words::Why;
use crate::model::words::lifting as words;
use std::collections::BTreeMap;

/// The ways to name a carrier in one source, made ready for many rows.
pub(super) struct Carriers {
    /// What the shop's own table says, by normalised name or code.
    shop: BTreeMap<String, Carrier>,
    /// The mall's names, normalised.
    mall: BTreeMap<String, Carrier>,
    /// Fixed for every row of the source.
    fixed: Option<Carrier>,
    /// A fixed carrier that nobody knows: no row can do without it.
    unknown: Option<String>,
}

impl Carriers {
    pub(super) fn new(cx: &Context) -> Carriers {
        let written = cx.read.over.carrier.as_deref().or(cx.layout.carrier.as_deref());
        let fixed = written.and_then(|text| Carrier::from_code(text).or_else(|| Carrier::from_name(text)));
        Carriers {
            unknown: written.filter(|_| fixed.is_none()).map(str::to_owned),
            shop: cx.shop.carriers.iter().map(|(name, carrier)| (comparable(name), carrier.clone())).collect(),
            mall: Carrier::all()
                .filter_map(|(code, name)| Some((comparable(name), Carrier::from_code(code)?)))
                .collect(),
            fixed,
        }
    }

    /// The carrier of a row by its carrier column and its 配送方法, both as written.
    pub(super) fn of_row(&self, column: &str, method: &str) -> Result<Carrier, Why> {
        if let Some(unknown) = &self.unknown {
            return Err(words::CARRIER_UNKNOWN.with([("value", unknown.clone())]));
        }
        // A carrier's own tool has neither column; every row is the layout's carrier's.
        if let (Some(fixed), "", "") = (&self.fixed, column, method) {
            return Ok(fixed.clone());
        }
        let written = clean::unwrap(column);
        let by_column = if written.is_empty() {
            None
        } else {
            Some(self.named(written).ok_or_else(|| words::CARRIER_UNKNOWN.with([("value", written.to_owned())]))?)
        };
        let by_method = self.shop.get(&comparable(method)).cloned();
        // その他 says nothing, so it neither wins nor disagrees.
        let named: Vec<&Carrier> =
            [&by_column, &self.fixed, &by_method].into_iter().flatten().filter(|carrier| !carrier.is_other()).collect();
        if let Some((first, rest)) = named.split_first() {
            return match rest.iter().find(|other| *other != first) {
                Some(second) => {
                    Err(words::CARRIER_DISAGREE.with([("first", first.to_string()), ("second", second.to_string())]))
                }
                None => Ok((*first).clone()),
            };
        }
        // Only a setting, never a cell, may say that その他 is really meant.
        let set = self.shop.get(&comparable(written)).or(self.fixed.as_ref()).or(by_method.as_ref());
        match (set, by_column) {
            (Some(other), _) => Ok(other.clone()),
            (None, Some(_)) => Err(words::CARRIER_OTHER.plain()),
            (None, None) => Err(match clean::unwrap(method) {
                "" => words::CARRIER_MISSING.plain(),
                method => words::CARRIER_METHOD_UNKNOWN.with([("value", method.to_owned())]),
            }),
        }
    }

    /// The fixed carrier, for rows that need none of their own.
    pub(super) fn fixed(&self) -> Option<&Carrier> {
        self.fixed.as_ref()
    }

    fn named(&self, written: &str) -> Option<Carrier> {
        let key = comparable(written);
        self.shop
            .get(&key)
            .cloned()
            .or_else(|| Carrier::from_code(&key).filter(|carrier| carrier.name().is_some()))
            .or_else(|| self.mall.get(&key).cloned())
            .or_else(|| Carrier::from_name(&key))
            .or_else(|| code_and_name(&key))
    }
}

/// `1001 ヤマト運輸`, as a person copies it from a list; the two must agree.
fn code_and_name(key: &str) -> Option<Carrier> {
    let code = key.get(..4).and_then(Carrier::from_code)?;
    let name = key.get(4..)?.trim_start_matches([':', '.', '-']);
    let known = normal_name(code.name()?).to_uppercase();
    (name.to_uppercase() == known).then_some(code)
}

/// Names as they are compared: any width, any blanks, capitals alike.
fn comparable(name: &str) -> String {
    normal_name(name).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    fn check(bench: &Bench, column: &str, method: &str, expect: &str) {
        let found = bench.with(|cx| match Carriers::new(cx).of_row(column, method) {
            Ok(carrier) => carrier.code().to_owned(),
            Err(why) => why.code().to_owned(),
        });
        assert_eq!(found, expect, "{column} / {method}");
    }

    #[test]
    fn a_carrier_is_named_by_code_name_service_or_the_shops_table() {
        let bench = Bench::new("generic-shipments");
        check(&bench, "1001", "", "1001");
        check(&bench, "１００１", "", "1001");
        check(&bench, "ヤマト運輸", "", "1001");
        check(&bench, "ﾔﾏﾄ運輸", "", "1001");
        check(&bench, "ネコポス", "", "1001");
        check(&bench, "fedex", "", "1019");
        check(&bench, "1002 佐川急便", "", "1002");
        check(&bench, "日本郵便　楽天倉庫出荷", "", "1029");
        check(&bench, "宅配便", "", "1001");
        check(&bench, "", "宅配便", "1001");
        check(&bench, "", "５", "1002");
    }

    #[test]
    fn nothing_is_assumed() {
        let bench = Bench::new("generic-shipments");
        check(&bench, "", "", "carrier-missing");
        check(&bench, "", "メール便", "carrier-method-unknown");
        check(&bench, "", "77", "carrier-method-unknown");
        check(&bench, "飛脚", "", "carrier-unknown");
        check(&bench, "9999", "", "carrier-unknown");
        check(&bench, "その他", "", "carrier-other");
        check(&bench, "1000", "宅配便", "1001");
        check(&bench, "自社便", "", "1000");
        check(&bench, "1002 ヤマト運輸", "", "carrier-unknown");
    }

    #[test]
    fn two_that_disagree_stop_the_row() {
        let mut bench = Bench::new("generic-shipments");
        check(&bench, "1001", "宅配便", "1001");
        check(&bench, "1002", "宅配便", "carrier-disagree");
        bench.read.over.carrier = Some("1003".into());
        check(&bench, "", "", "1003");
        check(&bench, "1001", "", "carrier-disagree");
        bench.read.over.carrier = Some("ヤマド".into());
        check(&bench, "", "", "carrier-unknown");
        check(&Bench::new("yamato-b2"), "", "", "1001");
    }
}
