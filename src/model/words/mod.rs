//! Everything that is said to a person about a row, a file, a change or a setting: a stable code,
//! Japanese and English, and the remedy in both. One entry a thing; the compiler sees to it that
//! none lacks a language. The text is filled in only when it is shown.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::ops::Index;

pub mod asking;
pub mod comparing;
pub mod delivering;
pub mod lifting;
pub mod money;
pub mod reading;
pub mod setting;

/// One thing that can be said. `{name}` in a text is filled from the [`Why`]'s values.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// Stable; in JSON, in the errors file and in the documentation.
    pub code: &'static str,
    pub ja: &'static str,
    pub en: &'static str,
    /// What to do about it.
    pub remedy_ja: &'static str,
    pub remedy_en: &'static str,
}

/// A word with the values that belong to this case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub word: &'static Word,
    pub values: Values,
}

/// The values of a [`Why`], by name. A night may have a reason for each of its rows, with a value or two in it, so they
/// lie in one block that is no larger than they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Box<[(&'static str, String)]>);

impl Values {
    pub fn get(&self, name: &str) -> Option<&String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut String> {
        self.0.iter_mut().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Sets a value, whether or not there was one of this name.
    pub fn insert(&mut self, name: &'static str, value: String) {
        let all = std::mem::take(&mut self.0).into_vec();
        *self = all.into_iter().chain([(name, value)]).collect();
    }
}

impl FromIterator<(&'static str, String)> for Values {
    /// In the order of the names; of two values of one name the later counts.
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(values: I) -> Values {
        let mut all: Vec<(&'static str, String)> = values.into_iter().collect();
        all.sort_by_key(|(name, _)| *name);
        all.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Values(all.into_boxed_slice())
    }
}

impl Index<&str> for Values {
    type Output = String;

    /// # Panics
    /// If there is no value of this name.
    fn index(&self, name: &str) -> &String {
        match self.get(name) {
            Some(value) => value,
            None => panic!("no value named {name}"),
        }
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The languages spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Ja,
    En,
}

impl Word {
    /// This word without values.
    pub fn plain(&'static self) -> Why {
        Why { word: self, values: Values::default() }
    }

    /// This word with its values: `WORD.with([("number", n.to_string())])`.
    pub fn with<const N: usize>(&'static self, values: [(&'static str, String); N]) -> Why {
        Why { word: self, values: values.into_iter().collect() }
    }
}

impl Why {
    pub fn code(&self) -> &'static str {
        self.word.code
    }

    /// What happened.
    pub fn text(&self, lang: Lang) -> String {
        let pattern = match lang {
            Lang::Ja => self.word.ja,
            Lang::En => self.word.en,
        };
        self.fill(pattern, lang)
    }

    /// What to do.
    pub fn remedy(&self, lang: Lang) -> String {
        let pattern = match lang {
            Lang::Ja => self.word.remedy_ja,
            Lang::En => self.word.remedy_en,
        };
        self.fill(pattern, lang)
    }

    fn fill(&self, pattern: &str, lang: Lang) -> String {
        let mut out = String::with_capacity(pattern.len() + 16);
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}') {
                Some((name, tail)) => {
                    let value = self.values.get(name).map_or("?", String::as_str);
                    out.push_str(if name == "kind" { kind(value, lang) } else { value });
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// What changes and cautions are called. A value named `kind` holds the Japanese name; an English text says the other.
const KINDS: [(&str, &str); 16] = [
    ("キャンセル", "cancellation"),
    ("金額の更新", "amounts"),
    ("注文確認", "confirmation"),
    ("荷物番号", "tracking number"),
    ("サブステータス", "sub-status"),
    ("ひとことメモ", "memo"),
    ("サブステータス・メモ", "sub-status and memo"),
    ("増額", "an increase"),
    ("減額", "a reduction"),
    ("前払い未払い", "a prepayment not made"),
    ("受取拒否", "delivery refused"),
    ("長期不在による受取拒否", "refused by long absence"),
    ("開梱後の返品", "returned after opening"),
    ("高いサービスレベルの要望", "high demands on service"),
    ("キャンセル確定", "cancelled"),
    ("注意喚起", "caution"),
];

fn kind(name: &str, lang: Lang) -> &str {
    match lang {
        Lang::Ja => name,
        Lang::En => KINDS.iter().find(|(ja, _)| *ja == name).map_or(name, |(_, en)| en),
    }
}

/// Declares words and lists them: `words! { NAME = "code": "ja", "en"; "remedy ja", "remedy en"; … }`.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $ja:literal, $en:literal; $rja:literal, $ren:literal;)*) => {
        $(
            $(#[$doc])*
            pub static $name: $crate::model::words::Word = $crate::model::words::Word {
                code: $code, ja: $ja, en: $en, remedy_ja: $rja, remedy_en: $ren,
            };
        )*
        /// All words of this file.
        pub static ALL: &[&$crate::model::words::Word] = &[$(&$name),*];
    };
}
pub(crate) use words;

/// Every word there is.
pub fn all() -> impl Iterator<Item = &'static Word> {
    [reading::ALL, lifting::ALL, setting::ALL, asking::ALL, comparing::ALL, money::ALL, delivering::ALL]
        .into_iter()
        .flatten()
        .copied()
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.word.code, &self.values).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Why {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Why, D::Error> {
        let (code, values): (String, BTreeMap<String, String>) = Deserialize::deserialize(from)?;
        let word = all()
            .find(|word| word.code == code)
            .ok_or_else(|| D::Error::custom(format!("`{code}` is not a code of this version")))?;
        // Names of values are few and short-lived; those the word itself uses come back, others are dropped.
        let values = values
            .into_iter()
            .filter_map(|(name, value)| placeholder(word, &name).map(|known| (known, value)))
            .collect();
        Ok(Why { word, values })
    }
}

fn placeholder(word: &'static Word, name: &str) -> Option<&'static str> {
    [word.ja, word.en, word.remedy_ja, word.remedy_en].into_iter().flat_map(names).find(|known| *known == name)
}

fn names(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_english_text_names_kinds_in_english() {
        for kind in crate::model::change::Kind::ALL {
            let text = comparing::APPROVAL_SETTING.with([("kind", kind.ja().to_owned())]).text(Lang::En);
            assert!(text.is_ascii(), "{text}");
        }
        let why = comparing::APPROVAL_SETTING.with([("kind", "増額".to_owned())]);
        assert!(why.text(Lang::En).ends_with("(an increase)") && why.text(Lang::Ja).ends_with("（増額）"));
    }

    #[test]
    fn values_are_kept_by_name_and_written_in_the_order_of_the_names() {
        let mut values: Values =
            [("b", "1"), ("a", "2"), ("b", "3")].map(|(name, value)| (name, value.to_owned())).into_iter().collect();
        let json = |values: &Values| serde_json::to_string(values).unwrap();
        assert_eq!(json(&values), r#"{"a":"2","b":"3"}"#);
        values.insert("aa", "4".to_owned());
        values.insert("b", "5".to_owned());
        if let Some(value) = values.get_mut("a") {
            value.push('6');
        }
        assert_eq!(json(&values), r#"{"a":"26","aa":"4","b":"5"}"#);
        assert_eq!((values.get("c"), values["aa"].as_str()), (None, "4"));
    }

    #[test]
    fn every_code_is_used_once_and_every_word_is_whole() {
        let mut seen = BTreeSet::new();
        for word in all() {
            assert!(seen.insert(word.code), "{} stands twice", word.code);
            for text in [word.ja, word.en, word.remedy_ja, word.remedy_en] {
                assert!(!text.trim().is_empty(), "{} lacks a text", word.code);
            }
            // A text that was written for one language comes as `hint_ja` and `hint_en`.
            let plain = |name: &'static str| name.trim_end_matches("_ja").trim_end_matches("_en");
            let of = |text| names(text).map(plain).collect::<BTreeSet<_>>();
            assert_eq!(of(word.ja), of(word.en), "{}: the languages name different values", word.code);
        }
    }
}
