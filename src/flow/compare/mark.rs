//! Marks held against RMS: sub-statuses, and the memo that people share with us. A sub-status belongs to
//! one state, so its name is looked up for the state the order will be in when its turn comes. A memo is
//! added to, and only what is not there yet; delivery lays the addition on the memo as it reads it then.

use super::picture::{keyed_hash, picture};
use super::{Compared, Context, Drafted, Waits, by_order, place, refuse_cell};
use crate::model::change::{Change, Kind, MemoEdit, What};
use crate::model::ids::SubStatusId;
use crate::model::order::{Order, Orders, state_name};
use crate::model::pipeline::{Approve, MarkStage, Shop};
use crate::model::rejection::Rejection;
use crate::model::wish::{MarkWish, SubStatusWish};
use crate::model::words::{Why, comparing, money as words};
use std::collections::{BTreeMap, BTreeSet};

/// The sub-statuses a shop has set up: `orderProgress` → id and name, in the shop's order.
pub type SubStatuses = BTreeMap<i64, Vec<(SubStatusId, String)>>;

/// The API's limit for a memo.
pub const MEMO_CHARS_MOST: usize = 1000;

/// Compares a stage's marks with the orders.
pub fn mark<'a>(
    wishes: impl IntoIterator<Item = &'a MarkWish>,
    orders: &Orders,
    sub_statuses: &SubStatuses,
    stage: &MarkStage,
    shop: &Shop,
    cx: &Context,
) -> Compared {
    let mut out = Compared::default();
    for (number, rows) in by_order(wishes, |wish| &wish.order) {
        let Some(order) = orders.get(&number) else {
            let why = comparing::ORDER_UNKNOWN.with([("order", number.to_string())]);
            out.waiting.extend(rows.iter().map(|wish| Waits::new(&wish.source, &wish.order, why.clone())));
            continue;
        };
        let state = cx.states_to_be.get(&number).copied().unwrap_or(order.order_progress);
        let mut rejected: BTreeMap<usize, Rejection> = BTreeMap::new();
        let mut waits: BTreeMap<usize, Why> = BTreeMap::new();
        let mut wanted: Vec<(usize, SubStatusId, String)> = Vec::new();
        for (row, wish) in rows.iter().enumerate() {
            let Some(asked) = &wish.sub_status else { continue };
            match resolve(asked, order, state, sub_statuses) {
                Ok((id, name)) => wanted.push((row, id, name)),
                // It may be one of the state that the confirmation will bring.
                Err(why) if why.code() == words::SUB_STATUS_UNKNOWN.code && cx.confirming.contains(&number) => {
                    let values = [("name", shown(asked)), ("order", number.to_string())];
                    waits.insert(row, words::MARK_AFTER_CONFIRM.with(values));
                }
                // It is one of a state that the order has yet to reach: time brings it there.
                Err(why) if why.code() == words::SUB_STATUS_UNKNOWN.code && comes_later(asked, state, sub_statuses) => {
                    let values = [
                        ("name", shown(asked)),
                        ("order", number.to_string()),
                        ("state", format!("{state} {}", state_name(state))),
                    ];
                    waits.insert(row, words::MARK_NOT_YET.with(values));
                }
                Err(why) => {
                    rejected.insert(row, refuse_cell(&wish.source, "サブステータス", shown(asked), why));
                }
            }
        }
        disagreements(&rows, &wanted, stage.memo_replace, &mut rejected);
        wanted.retain(|(row, ..)| !rejected.contains_key(row));

        // The picture is that of the order at the mark's turn, after what this night does before it.
        let at_turn = Order { order_progress: state, ..Order::clone(order) };
        let mut planned: BTreeSet<usize> = BTreeSet::new();
        let mut draft = |what: What, kind: Kind, of: &[usize]| {
            let mine = || of.iter().filter_map(|row| rows.get(*row));
            let approve = cx.deliver.approve.contains(&Approve::Mark);
            let hold = || comparing::APPROVAL_SETTING.with([("kind", kind.ja().to_owned())]);
            planned.extend(of);
            Drafted {
                change: Change {
                    shop: shop.name.clone(),
                    order: number.clone(),
                    state: order.order_progress,
                    what,
                    stage: stage.name.clone(),
                    sources: mine().map(|wish| wish.source.clone()).collect(),
                    picture: picture(&at_turn, kind, cx.key),
                    notes: mine().flat_map(|wish| wish.notes.iter().cloned()).collect(),
                },
                holds: approve.then(hold).into_iter().collect(),
                urgent: false,
            }
        };
        let mut entries = Vec::new();
        if let Some((_, now, name)) = wanted.first()
            && (order.sub_status() != Some(*now) || state != order.order_progress)
        {
            let of: Vec<usize> = wanted.iter().map(|(row, ..)| *row).collect();
            let what = What::SubStatus { was: order.sub_status(), now: *now, name: name.clone() };
            entries.push(draft(what, Kind::SubStatus, &of));
        }
        let asked: Vec<(usize, &str)> = rows
            .iter()
            .enumerate()
            .filter(|(row, _)| !rejected.contains_key(row) && !waits.contains_key(row))
            .filter_map(|(row, wish)| Some((row, wish.memo.as_deref()?)))
            .collect();
        match memo(order, &asked, stage.memo_replace, cx.key) {
            Ok(Some((edit, of))) => entries.push(draft(What::Memo(edit), Kind::Memo, &of)),
            Ok(None) => {}
            Err(why) => {
                // A row is in one pile: what also asks for a sub-status goes back with it.
                entries.clear();
                planned.clear();
                for (row, wish) in
                    rows.iter().enumerate().filter(|(_, wish)| wish.memo.is_some() || wish.sub_status.is_some())
                {
                    let text = wish.memo.clone().unwrap_or_default();
                    rejected.entry(row).or_insert_with(|| refuse_cell(&wish.source, "ひとことメモ", text, why.clone()));
                }
            }
        }
        out.entries.extend(entries);
        for (row, wish) in rows.iter().enumerate() {
            match rejected.remove(&row) {
                Some(rejection) => out.rejected.push(rejection),
                None if planned.contains(&row) => {}
                None => match waits.remove(&row) {
                    Some(why) => out.waiting.push(Waits::new(&wish.source, &wish.order, why)),
                    None => out.unchanged.push(wish.source.clone()),
                },
            }
        }
    }
    out
}

/// The memo as it will stand: the text added on a line of its own, or in its place. `None` if it already
/// says so.
pub fn memo_after(was: Option<&str>, edit: &MemoEdit) -> Option<String> {
    let was = was.unwrap_or_default();
    if edit.replace {
        return (was != edit.text).then(|| edit.text.clone());
    }
    let missing = missing_lines(was, &edit.text);
    if missing.is_empty() {
        return None;
    }
    let kept = was.trim_end_matches(['\n', '\r']);
    Some(if kept.is_empty() { missing.join("\n") } else { format!("{kept}\n{}", missing.join("\n")) })
}

/// Hash of a memo, for [`MemoEdit::was_hash`].
pub fn memo_hash(memo: Option<&str>, key: &[u8]) -> String {
    keyed_hash(key, memo.unwrap_or_default())
}

/// Whether a replacement would overwrite something a person typed since it was planned.
pub fn memo_stale(now: Option<&str>, edit: &MemoEdit, key: &[u8]) -> bool {
    edit.replace && memo_hash(now, key) != edit.was_hash
}

/// The lines of a text that a memo does not hold yet. A line that somebody wrote on behind a blank or a bracket counts
/// as there; one that merely occurs inside another (`4/1` in `4/15`) does not.
fn missing_lines<'a>(memo: &str, text: &'a str) -> Vec<&'a str> {
    let mut missing: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let says = |known: &str| {
            let rest = known.trim().strip_prefix(line);
            rest.is_some_and(|rest| {
                rest.chars().next().is_none_or(|next| next.is_whitespace() || "(（「【、,".contains(next))
            })
        };
        if !memo.lines().any(says) && !missing.contains(&line) {
            missing.push(line);
        }
    }
    missing
}

type MemoChange = Option<(MemoEdit, Vec<usize>)>;

fn memo(order: &Order, asked: &[(usize, &str)], replace: bool, key: &[u8]) -> Result<MemoChange, Why> {
    let was = order.memo.as_deref();
    let mut lines: Vec<&str> = Vec::new();
    let mut of = Vec::new();
    for (row, text) in asked {
        if replace {
            if was.unwrap_or_default() != *text {
                of.push(*row);
                lines = vec![text];
            }
            continue;
        }
        let missing = missing_lines(was.unwrap_or_default(), text);
        if !missing.is_empty() {
            of.push(*row);
        }
        for line in missing {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if of.is_empty() {
        return Ok(None);
    }
    let edit = MemoEdit { was_hash: memo_hash(was, key), text: lines.join("\n"), replace };
    let chars = memo_after(was, &edit).map_or(0, |memo| memo.chars().count());
    if chars > MEMO_CHARS_MOST {
        return Err(words::MEMO_TOO_LONG.with([("chars", chars.to_string())]));
    }
    Ok(Some((edit, of)))
}

/// A sub-status by id or by name, for the state at its turn.
fn resolve(
    asked: &SubStatusWish,
    order: &Order,
    state: i64,
    sub_statuses: &SubStatuses,
) -> Result<(SubStatusId, String), Why> {
    if order.is_cancelled() {
        return Err(words::MARK_CANCELLED
            .with([("order", order.order_number.clone()), ("state", order.order_progress.to_string())]));
    }
    let there = sub_statuses.get(&state).map(Vec::as_slice).unwrap_or_default();
    let shown_state = || format!("{state} {}", state_name(state));
    let found: Vec<&(SubStatusId, String)> = match asked {
        SubStatusWish::Id(id) => there.iter().filter(|(known, _)| known == id).collect(),
        SubStatusWish::Name(name) => there.iter().filter(|(_, known)| same_name(known, name)).collect(),
    };
    match found.as_slice() {
        [(id, name)] => Ok((*id, name.clone())),
        [] => {
            let names: Vec<String> = there.iter().map(|(id, name)| format!("{id} {name}")).collect();
            let names = if names.is_empty() { "-".to_owned() } else { names.join(", ") };
            Err(words::SUB_STATUS_UNKNOWN.with([("name", shown(asked)), ("state", shown_state()), ("names", names)]))
        }
        several => {
            let ids: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
            Err(words::SUB_STATUS_DOUBLED.with([
                ("name", shown(asked)),
                ("state", shown_state()),
                ("ids", ids.join(", ")),
            ]))
        }
    }
}

/// Whether a later state of an order has this sub-status. One whose change is pending (400) goes back to an earlier one.
fn comes_later(asked: &SubStatusWish, state: i64, sub_statuses: &SubStatuses) -> bool {
    let later = sub_statuses.iter().filter(|(known, _)| **known > state || state == 400);
    later.flat_map(|(_, all)| all).any(|(id, name)| match asked {
        SubStatusWish::Id(asked) => asked == id,
        SubStatusWish::Name(asked) => same_name(name, asked),
    })
}

/// Names are compared without regard to width and blanks.
fn same_name(known: &str, asked: &str) -> bool {
    use unicode_normalization::UnicodeNormalization as _;
    let plain = |text: &str| text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
    known == asked || plain(known) == plain(asked)
}

fn shown(asked: &SubStatusWish) -> String {
    match asked {
        SubStatusWish::Id(id) => id.to_string(),
        SubStatusWish::Name(name) => name.clone(),
    }
}

/// Rows of one order that want different sub-statuses, or different whole memos.
fn disagreements(
    rows: &[&MarkWish],
    wanted: &[(usize, SubStatusId, String)],
    replace: bool,
    rejected: &mut BTreeMap<usize, Rejection>,
) {
    let mut refuse_both = |column: &str, of: Vec<(usize, String)>| {
        let Some((first_row, first)) = of.first() else { return };
        let Some((other_row, other)) = of.iter().find(|(_, value)| value != first) else { return };
        let at = |row: usize, value: &str| {
            format!("{} `{value}`", rows.get(row).map(|wish| place(&wish.source)).unwrap_or_default())
        };
        let (first, second) = (at(*first_row, first), at(*other_row, other));
        let why = comparing::FILES_DISAGREE.with([("first", first), ("second", second)]);
        for (row, value) in of {
            if let Some(wish) = rows.get(row) {
                rejected.entry(row).or_insert_with(|| refuse_cell(&wish.source, column, value.clone(), why.clone()));
            }
        }
    };
    refuse_both("サブステータス", wanted.iter().map(|(row, id, name)| (*row, format!("{id} {name}"))).collect());
    if replace {
        let memos = rows.iter().enumerate().filter_map(|(row, wish)| Some((row, wish.memo.clone()?))).collect();
        refuse_both("ひとことメモ", memos);
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{KEY, Settings, number, piles, shop, source};
    use super::*;
    use crate::flow::money::made::order;

    fn wish(line: u32, sub: &str, memo: &str) -> MarkWish {
        let sub_status = match (sub, SubStatusId::parse(sub)) {
            ("", _) => None,
            (_, Some(id)) => Some(SubStatusWish::Id(id)),
            (name, None) => Some(SubStatusWish::Name(name.to_owned())),
        };
        let memo = (!memo.is_empty()).then(|| memo.to_owned());
        MarkWish { source: source(line), order: number(), sub_status, memo, notes: Vec::new() }
    }

    fn known() -> SubStatuses {
        let list = |all: &[(i64, &str)]| all.iter().map(|(id, name)| (SubStatusId(*id), (*name).to_owned())).collect();
        [
            (100, list(&[(15001, "在庫確認中"), (15002, "保留")])),
            (300, list(&[(35001, "在庫確認中"), (35002, "入荷 待ち"), (35003, "重複"), (35004, "重複")])),
        ]
        .into()
    }

    fn run(state: i64, memo: &str, wishes: &[MarkWish], replace: bool, to_be: Option<i64>) -> Compared {
        let mut one = order(state, Vec::new());
        one.memo = (!memo.is_empty()).then(|| memo.to_owned());
        one.sub_status_id = Some(35001);
        let mut settings = Settings::new("2026-04-02T21:30:00+0900", &[]);
        settings.states_to_be.extend(to_be.map(|state| (number(), state)));
        let stage = MarkStage { name: "stock".into(), from: "m".into(), memo_replace: replace };
        mark(wishes, &[(number(), one.into())].into(), &known(), &stage, &shop(None), &settings.context())
    }

    fn check(state: i64, memo: &str, wishes: &[MarkWish], expect: &str) {
        assert_eq!(piles(&run(state, memo, wishes, false, None)), expect);
    }

    #[test]
    fn names_are_looked_up_for_the_orders_state() {
        check(300, "", &[wish(2, "入荷待ち", "")], "2:planned");
        check(300, "", &[wish(2, "在庫確認中", "")], "2:unchanged");
        check(300, "", &[wish(2, "35001", "")], "2:unchanged");
        check(300, "", &[wish(2, "保留", "")], "2:rejected sub-status-unknown");
        check(300, "", &[wish(2, "15001", "")], "2:rejected sub-status-unknown");
        check(300, "", &[wish(2, "重複", "")], "2:rejected sub-status-doubled");
        check(100, "", &[wish(2, "入荷待ち", "")], "2:waiting mark-not-yet");
        check(100, "", &[wish(2, "35002", "")], "2:waiting mark-not-yet");
        check(400, "", &[wish(2, "保留", "")], "2:waiting mark-not-yet");
        check(100, "", &[wish(2, "どこにもない", "")], "2:rejected sub-status-unknown");
        check(900, "", &[wish(2, "在庫確認中", "")], "2:rejected mark-cancelled");
        check(
            300,
            "",
            &[wish(2, "入荷待ち", ""), wish(3, "35001", "")],
            "2:rejected files-disagree 3:rejected files-disagree",
        );
        // Confirmed earlier in the same night: the name of the state it will be in then.
        let out = run(100, "", &[wish(2, "入荷待ち", "")], false, Some(300));
        assert_eq!(piles(&out), "2:planned");
    }

    #[test]
    fn a_sub_status_waits_for_a_confirmation_that_is_not_through() {
        let check = |asked: &str, expect: &str| {
            let mut settings = Settings::new("2026-04-02T21:30:00+0900", &[]);
            settings.confirming.insert(number());
            let stage = MarkStage { name: "stock".into(), from: "m".into(), memo_replace: false };
            let orders = [(number(), order(100, Vec::new()).into())].into();
            let out = mark(&[wish(2, asked, "x")], &orders, &known(), &stage, &shop(None), &settings.context());
            assert_eq!(piles(&out), expect, "{asked}");
        };
        check("入荷待ち", "2:waiting mark-after-confirm");
        check("保留", "2:planned+planned");
        check("重複", "2:waiting mark-after-confirm");
    }

    #[test]
    fn a_memo_is_added_to_and_never_twice() {
        check(300, "", &[wish(2, "", "入荷待ち 4/5")], "2:planned");
        check(300, "電話済\n入荷待ち 4/5 (佐)", &[wish(2, "", "入荷待ち 4/5")], "2:unchanged");
        check(300, "入荷 4/15", &[wish(2, "", "入荷 4/1")], "2:planned");
        check(300, "未入荷待ち", &[wish(2, "", "入荷待ち")], "2:planned");
        check(300, "", &[wish(2, "入荷待ち", "x")], "2:planned+planned");
        let out = run(300, "電話済\n", &[wish(2, "", "a"), wish(3, "", "b\na")], false, None);
        let What::Memo(edit) = &out.entries[0].change.what else { panic!() };
        assert_eq!((edit.text.as_str(), out.entries[0].change.sources.len()), ("a\nb", 2));
        assert_eq!(edit.was_hash, memo_hash(Some("電話済\n"), KEY));
        // Someone typed between plan and send: nothing of it is lost.
        assert_eq!(memo_after(Some("電話済\nb 折返し"), edit).as_deref(), Some("電話済\nb 折返し\na"));
        assert_eq!(memo_after(Some("a\nb"), edit), None);
        assert!(!memo_stale(Some("x"), edit, KEY));
        let whole = MemoEdit { replace: true, ..edit.clone() };
        assert!(memo_stale(Some("x"), &whole, KEY) && !memo_stale(Some("電話済\n"), &whole, KEY));
    }

    #[test]
    fn a_memo_that_would_be_too_long_goes_back() {
        let long = "あ".repeat(995);
        check(300, &long, &[wish(2, "", "1234")], "2:planned");
        check(300, &long, &[wish(2, "入荷待ち", "12345")], "2:rejected memo-too-long");
    }

    #[test]
    fn a_memo_may_be_replaced() {
        assert_eq!(piles(&run(300, "old", &[wish(2, "", "new")], true, None)), "2:planned");
        assert_eq!(piles(&run(300, "new", &[wish(2, "", "new")], true, None)), "2:unchanged");
        let two = [wish(2, "", "new"), wish(3, "", "other")];
        assert_eq!(piles(&run(300, "", &two, true, None)), "2:rejected files-disagree 3:rejected files-disagree");
    }
}
