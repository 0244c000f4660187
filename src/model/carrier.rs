//! Carriers as the mall codes them (配送会社). The table is data: `carriers.tsv` beside this file,
//! so a new code is a new line. A code that is not in it is kept as text and passed through.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A four-digit 配送会社 code, e.g. `1001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Carrier(String);

/// その他: a row that carries it says nothing about who carries the parcel.
pub const OTHER: &str = "1000";

const TABLE: &str = include_str!("carriers.tsv");

impl Carrier {
    /// A code of four digits; whether the mall knows it is another question ([`Carrier::name`]).
    pub fn from_code(code: &str) -> Option<Carrier> {
        (code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit())).then(|| Carrier(code.to_owned()))
    }

    /// By the mall's own name, an older name of it or a service of a carrier, after
    /// width-insensitive comparison by the caller: ヤマト運輸, 日本トラック, ネコポス.
    pub fn from_name(name: &str) -> Option<Carrier> {
        rows().find(|row| row.names().any(|known| known == name)).map(|row| Carrier(row.code.to_owned()))
    }

    pub fn code(&self) -> &str {
        &self.0
    }

    /// The mall's name for the code, if it is known.
    pub fn name(&self) -> Option<&'static str> {
        rows().find(|row| row.code == self.0).map(|row| row.name)
    }

    pub fn is_other(&self) -> bool {
        self.0 == OTHER
    }

    /// All codes with their names, in order of code.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        rows().map(|row| (row.code, row.name))
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => f.write_str(&self.0),
        }
    }
}

struct Row {
    code: &'static str,
    name: &'static str,
    also: &'static str,
}

impl Row {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.also.split('|').filter(|name| !name.is_empty()))
    }
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Row { code: cells.next()?, name: cells.next()?, also: cells.next().unwrap_or_default() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, code: Option<&str>) {
        assert_eq!(Carrier::from_name(name).as_ref().map(Carrier::code), code, "{name}");
    }

    #[test]
    fn names_old_names_and_services_lead_to_codes() {
        check("ヤマト運輸", Some("1001"));
        check("ネコポス", Some("1001"));
        check("クロネコゆうパケット", Some("1030"));
        check("ゆうパケット", Some("1003"));
        check("日本トラック", Some("1015"));
        check("やまと", None);
    }

    #[test]
    fn every_code_of_the_mall_is_there_once() {
        let codes: Vec<_> = Carrier::all().map(|(code, _)| code.parse::<u32>().unwrap()).collect();
        assert_eq!(codes, (1000..=1031).collect::<Vec<_>>());
    }
}
