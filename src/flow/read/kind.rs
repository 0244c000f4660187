//! Whose file a header is. Carriers share the names of the columns that matter (送り状番号, お客様管理番号,
//! 出荷日), so a file in the wrong folder can be read, and its numbers go out under the wrong carrier. All the
//! other names tell it: they are held against the layouts that come with the program.
//!
//! It judges only by names, and only against what a shop did not say itself: a shop's own layout, or a
//! column named in the read's settings, is the shop's word.

use crate::flow::header::normalise_name;
use crate::flow::layout::{built_in, built_in_named};
use crate::model::layout::{Field, Layout};
use crate::model::pipeline::LayoutOver;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Names that only the other kind has; fewer could be a hand-made list's.
const ONLY_THERE_LEAST: usize = 4;

/// Headerless files of fewer columns than this are told by their count by nobody.
const COUNT_TELLS_FROM: usize = 40;

struct Kind {
    layout: Layout,
    names: BTreeSet<String>,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let layouts = built_in().iter().filter_map(|(name, _)| built_in_named(name));
    layouts.map(|layout| Kind { names: names(&layout), layout }).collect()
});

/// What speaks for another kind.
pub(super) struct Other {
    pub layout: &'static Layout,
    /// Names of the header that only the other kind has, the first few, as they are compared.
    pub telling: Vec<String>,
}

fn names(layout: &Layout) -> BTreeSet<String> {
    let columns = layout.columns.values().flat_map(|column| std::iter::once(&column.name).chain(&column.aliases));
    columns.chain(&layout.all_columns).map(|name| normalise_name(name)).collect()
}

fn names_of(layout: &Layout, field: Field) -> impl Iterator<Item = String> {
    let column = layout.columns.get(&field);
    column
        .into_iter()
        .flat_map(|column| std::iter::once(&column.name).chain(&column.aliases))
        .map(|n| normalise_name(n))
}

fn needed(layout: &Layout) -> impl Iterator<Item = Field> {
    std::iter::once(Field::Key).chain(layout.needed.iter().copied())
}

/// Another carrier's file, though all needed columns were found under names that both carriers use.
/// `header` holds names as they are compared.
pub(super) fn another_carriers(header: &[String], declared: &Layout, over: &LayoutOver) -> Option<Other> {
    let carrier = declared.carrier.as_ref()?;
    if over.columns.contains_key(&Field::Number) || !KINDS.iter().any(|kind| kind.layout == *declared) {
        return None;
    }
    let found = |field: Field| -> Option<String> {
        let own = over.columns.get(&field).map(|name| normalise_name(name));
        own.or_else(|| names_of(declared, field).find(|name| header.contains(name)))
    };
    let needed: Vec<String> = needed(declared).map(found).collect::<Option<_>>()?;
    let others = KINDS.iter().filter(|kind| {
        let foreign = kind.layout.carrier.as_ref().is_some_and(|other| other != carrier);
        // A name of our own for what matters is the better witness.
        foreign && needed.iter().all(|name| kind.names.contains(name))
    });
    likeliest(header, declared, others)
}

/// The kind that a header without the needed columns belongs to, for the person to be told.
pub(super) fn another(header: &[String], declared: &Layout) -> Option<Other> {
    let others = KINDS.iter().filter(|kind| {
        kind.layout.name != declared.name
            && needed(&kind.layout).all(|field| names_of(&kind.layout, field).any(|name| header.contains(&name)))
    });
    likeliest(header, declared, others)
}

/// The kind that has this many columns, for a file without header.
pub(super) fn by_count(count: usize, declared: &Layout) -> Option<&'static Layout> {
    let others = KINDS.iter().map(|kind| &kind.layout).filter(|layout| layout.name != declared.name);
    others.filter(|_| count >= COUNT_TELLS_FROM).find(|layout| layout.counts.contains(&count))
}

fn likeliest(header: &[String], declared: &Layout, others: impl Iterator<Item = &'static Kind>) -> Option<Other> {
    let mut own = names(declared);
    // A carrier's tools share their vocabulary, and which of them wrote the file changes nothing.
    let kin = |kind: &&Kind| kind.layout.carrier.is_some() && kind.layout.carrier == declared.carrier;
    own.extend(KINDS.iter().filter(kin).flat_map(|kind| kind.names.iter().cloned()));
    let header: Vec<&String> = {
        let mut seen = BTreeSet::new();
        header.iter().filter(|name| !name.is_empty() && seen.insert(*name)).collect()
    };
    let mut best: Option<((usize, bool), Other)> = None;
    for kind in others {
        let there = header.iter().filter(|name| kind.names.contains(**name)).count();
        let only_there: Vec<&&String> =
            header.iter().filter(|name| kind.names.contains(**name) && !own.contains(**name)).collect();
        let only_here = header.iter().filter(|name| own.contains(**name) && !kind.names.contains(**name)).count();
        let count = only_there.len();
        let distinctly = count >= ONLY_THERE_LEAST && count > 2 * only_here && 2 * there >= header.len();
        // Of two that fit alike, the one that speaks of the same things.
        let rank = (count, kind.layout.subject == declared.subject);
        if distinctly && best.as_ref().is_none_or(|(most, _)| rank > *most) {
            let telling = only_there.into_iter().take(3).map(|name| (*name).clone()).collect();
            best = Some((rank, Other { layout: &kind.layout, telling }));
        }
    }
    best.map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a header is taken for where `declared` is expected: by the carriers' rule, then by the wider one.
    fn check(declared: &str, header: &[&str], carriers: Option<&str>, any: Option<&str>) {
        let layout = built_in_named(declared).unwrap();
        let header: Vec<String> = header.iter().map(|name| normalise_name(name)).collect();
        let found = another_carriers(&header, &layout, &LayoutOver::default());
        assert_eq!(found.map(|other| other.layout.name.as_str()), carriers, "{declared}: {header:?}");
        assert_eq!(another(&header, &layout).map(|other| other.layout.name.as_str()), any, "{declared}: {header:?}");
    }

    fn full(layout: &str) -> Vec<String> {
        built_in_named(layout).unwrap().all_columns
    }

    fn texts(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }

    #[test]
    fn a_carriers_file_in_anothers_folder_is_known() {
        let fukuyama = full("fukuyama-istar2");
        check("yamato-b2", &texts(&fukuyama), Some("fukuyama-istar2"), Some("fukuyama-istar2"));
        let documented: Vec<String> = full("yamato-b2")
            .into_iter()
            .map(|name| match name.as_str() {
                "伝票番号" => "送り状番号".to_owned(),
                "送り状種類" => "送り状種別".to_owned(),
                "出荷予定日" => "出荷日".to_owned(),
                _ => name,
            })
            .collect();
        for count in [73, 76, 95, 98] {
            check("fukuyama-istar2", &texts(&documented[..count]), Some("yamato-b2"), Some("yamato-b2"));
            check("yamato-b2", &texts(&documented[..count]), None, None);
        }
        // A shop that keeps only some of the columns.
        let some =
            ["お客様管理番号", "送り状番号", "出荷日", "荷受人郵便番号", "荷受人住所１", "荷受人名前１", "着店名"];
        check("yamato-b2", &some, Some("fukuyama-istar2"), Some("fukuyama-istar2"));
        check("fukuyama-istar2", &some, None, None);
    }

    #[test]
    fn a_file_without_the_needed_columns_is_named() {
        check("yamato-b2", &texts(&full("sagawa-ehiden3")), None, Some("sagawa-ehiden3"));
        check("yamato-b2", &texts(&full("rms-orders")), None, Some("rms-orders"));
        check("yamato-b2", &["注文番号", "お荷物伝票番号", "配送会社", "発送日"], None, Some("generic-shipments"));
        check("yamato-b2", &["注文番号", "名前"], None, None);
        check("generic-shipments", &texts(&full("yamato-b2")), None, Some("yamato-b2"));
    }

    #[test]
    fn the_right_files_are_left_alone() {
        for kind in KINDS.iter() {
            let columns = texts(&kind.layout.all_columns);
            let found = another_carriers(
                &columns.iter().map(|name| normalise_name(name)).collect::<Vec<_>>(),
                &kind.layout,
                &LayoutOver::default(),
            );
            assert!(found.is_none(), "{}", kind.layout.name);
        }
        // Few columns, other orders, a shop's own columns beside them, vocabulary that carriers share.
        check("yamato-b2", &["出荷日", "お客様管理番号", "送り状番号"], None, None);
        check("yamato-b2", &["お客様管理番号", "送り状番号", "出荷日", "個数", "重量", "備考"], None, None);
        check("sagawa-ehiden3", &["お客様管理番号", "出荷日", "お問い合せ送り状№"], None, None);
        check("sagawa-ehiden2", &texts(&full("sagawa-ehiden3")), None, None);
        let print_r = [
            "お客様側管理番号",
            "お問い合わせ番号",
            "お届け先郵便番号",
            "お届け先電話番号",
            "お届け先名称１",
            "出荷日",
        ];
        check("japanpost-print-r", &print_r, None, None);
        let ehiden2 = [
            "お届け先コード",
            "お届け先電話番号",
            "お届け先郵便番号",
            "お届け先住所１",
            "お届け先名称１",
            "お客様管理ナンバー",
            "荷送人電話番号",
            "保険金額",
            "お問い合せ送り状No.",
        ];
        check("sagawa-ehiden2", &ehiden2, None, None);
    }

    #[test]
    fn the_shops_own_word_is_not_doubted() {
        let header: Vec<String> = full("fukuyama-istar2").iter().map(|name| normalise_name(name)).collect();
        let yamato = built_in_named("yamato-b2").unwrap();
        let over =
            LayoutOver { columns: [(Field::Number, "送り状番号".to_owned())].into(), ..LayoutOver::default() };
        assert!(another_carriers(&header, &yamato, &over).is_none());
        let own = Layout { name: "own".to_owned(), ..yamato };
        assert!(another_carriers(&header, &own, &LayoutOver::default()).is_none());
    }

    #[test]
    fn a_count_of_columns_tells_too() {
        let yamato = built_in_named("yamato-b2").unwrap();
        let told = |count| by_count(count, &yamato).map(|layout| layout.name.as_str());
        assert_eq!((told(91), told(47), told(95), told(6)), (Some("sagawa-ehiden3"), Some("seino-magic2"), None, None));
    }
}
