//! The report on one screen of a terminal: the sums, what is urgent, what to do, which file to open.
//! Understandable without colour; lines never run past the width,
//! paths excepted.

use super::report_view::{self, Pile};
use super::{label, phrase};
use crate::model::report::Report;
use crate::model::words::{Lang, Why};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Of one list, more than this would push the rest off the screen.
const SHOWN_MAX: usize = 6;
/// Narrower terminals are treated as this wide.
const WIDTH_MIN: usize = 40;

#[derive(Clone, Copy)]
enum Tone {
    Bold,
    Red,
    Yellow,
    Green,
    Dim,
}

struct Screen {
    out: String,
    colour: bool,
    width: usize,
}

/// The screen; `width` in half-width characters. Ends with a line end.
pub fn screen(report: &Report, lang: Lang, colour: bool, width: usize) -> String {
    let mut screen = Screen { out: String::new(), colour, width: width.max(WIDTH_MIN) };
    let title = format!(
        "{}  {}  {}  {}",
        report.title,
        report.shop,
        report_view::when(report.started, report.ended, lang),
        report.run
    );
    screen.line("", &title, Some(Tone::Dim));
    let (outcome, tone) = report_view::outcome(report, lang);
    let tone = match tone {
        "done" => Tone::Green,
        "wait" => Tone::Yellow,
        _ => Tone::Red,
    };
    screen.line("", &outcome, Some(tone));
    if report.plan_only {
        screen.line("", label::PLAN_ONLY.of(lang), Some(Tone::Bold));
    }
    screen.gap();
    let [rows, changes, files] = report_view::piles(report, lang);
    let heads = [files.name, rows.name, changes.name, label::CALLS.of(lang)];
    let column = heads.iter().map(|name| name.width()).max().unwrap_or(0) + 2;
    for pile in [&files, &rows, &changes] {
        screen.parts(&padded(pile.name, column), &sum(pile, lang), (!pile.adds_up).then_some(Tone::Red));
    }
    let calls = label::MADE_OF_BOUND
        .fill(lang, &[("made", &phrase::count(report.calls.made)), ("bound", &phrase::count(report.calls.bound))]);
    screen.line(&padded(label::CALLS.of(lang), column), &calls, None);
    let urgent_changes = report.change_lines.iter().filter(|line| line.entry.urgent);
    let urgent: Vec<(String, String)> = report
        .urgent
        .iter()
        .map(|why| (report_view::without_mark(&why.text(lang)).to_owned(), why.remedy(lang)))
        .chain(urgent_changes.map(|line| {
            let change = &line.entry.change;
            let what = format!("{} {}", change.order, phrase::phrase(change, lang).act);
            let remedy = line.entry.holds.first().map(|why| report_view::without_mark(&why.text(lang)).to_owned());
            (what, remedy.unwrap_or_default())
        }))
        .collect();
    screen.list(label::URGENT_MARK.of(lang), &urgent, Tone::Red, lang);
    let to_do: Vec<(String, String)> = report
        .to_do
        .iter()
        .map(|why| said(why, lang))
        .chain(report_view::asks(report, lang).into_iter().map(|ask| (ask.text, String::new())))
        .collect();
    screen.list(label::TO_DO.of(lang), &to_do, Tone::Yellow, lang);
    if urgent.is_empty() && to_do.is_empty() {
        screen.gap();
        screen.line("", label::NOTHING_TO_DO.of(lang), Some(Tone::Green));
    }
    let warnings: Vec<(String, String)> = report.warnings.iter().map(|why| (why.text(lang), String::new())).collect();
    screen.list(label::WARNINGS.of(lang), &warnings, Tone::Bold, lang);
    screen.gap();
    if let Some((key, tone)) = report_view::key(report, lang) {
        let tone = match tone {
            "late" => Some(Tone::Red),
            "soon" => Some(Tone::Yellow),
            _ => None,
        };
        screen.line(&format!("{}: ", label::KEY_EXPIRES.of(lang)), &key, tone);
    }
    if let Some(folder) = &report.report {
        screen.path(&format!("{}: ", label::OPEN_FILE.of(lang)), &format!("{folder}/index.html"), Some(Tone::Bold));
    }
    // A person opens sheets, not JSON.
    let sheets: Vec<&String> = report.outputs.iter().filter(|path| !path.ends_with(".json")).collect();
    for path in sheets.iter().take(SHOWN_MAX) {
        screen.path("  ", path, None);
    }
    if let Some(more) = sheets.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        screen.line("  ", &label::MORE.fill(lang, &[("n", &more.to_string())]), Some(Tone::Dim));
    }
    screen.out
}

fn said(why: &Why, lang: Lang) -> (String, String) {
    (why.text(lang), why.remedy(lang))
}

/// `120 = 変更なし 80`, `+ 反映予定 40`: the parts of a sum that stay whole on a line; terms of zero are left out.
fn sum(pile: &Pile, lang: Lang) -> Vec<String> {
    let mut parts = Vec::new();
    for term in pile.terms.iter().filter(|term| term.count > 0) {
        let sign = if parts.is_empty() { format!("{} =", pile.total) } else { "+".to_owned() };
        parts.push(format!("{sign} {} {}", term.name, term.shown));
    }
    if parts.is_empty() {
        parts.push(pile.total.clone());
    }
    if !pile.adds_up {
        parts.push(format!(" {}", label::DOES_NOT_ADD_UP.of(lang)));
    }
    parts
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

impl Screen {
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// `head` once, the text broken at the width and set under itself.
    fn line(&mut self, head: &str, text: &str, tone: Option<Tone>) {
        let inset = head.width();
        let room = self.width.saturating_sub(inset).max(10);
        for (place, part) in broken(&plain(text), room).into_iter().enumerate() {
            let head = if place == 0 { head.to_owned() } else { " ".repeat(inset) };
            let part = self.coloured(&part, tone);
            self.out.push_str(&format!("{head}{part}\n"));
        }
    }

    /// Parts with a blank between them; a line breaks only between two parts.
    fn parts(&mut self, head: &str, parts: &[String], tone: Option<Tone>) {
        let room = self.width.saturating_sub(head.width()).max(10);
        let mut line = String::new();
        let mut head = head.to_owned();
        for part in parts {
            if !line.is_empty() && line.width() + 1 + part.width() > room {
                self.line(&head, &line, tone);
                head = " ".repeat(head.width());
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(part);
        }
        self.line(&head, &line, tone);
    }

    /// A path stays whole, even past the width: it must be fit to copy.
    fn path(&mut self, head: &str, path: &str, tone: Option<Tone>) {
        let path = self.coloured(&plain(path), tone);
        self.out.push_str(&format!("{head}{path}\n"));
    }

    fn list(&mut self, head: &str, lines: &[(String, String)], tone: Tone, lang: Lang) {
        if lines.is_empty() {
            return;
        }
        self.gap();
        self.line("", head, Some(tone));
        for (place, (text, remedy)) in lines.iter().take(SHOWN_MAX).enumerate() {
            self.line(&format!("  {}. ", place + 1), text, None);
            if !remedy.is_empty() {
                self.line("     → ", remedy, Some(Tone::Dim));
            }
        }
        if let Some(more) = lines.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            self.line("     ", &label::MORE.fill(lang, &[("n", &more.to_string())]), Some(Tone::Dim));
        }
    }

    fn coloured(&self, text: &str, tone: Option<Tone>) -> String {
        match tone {
            Some(tone) if self.colour => format!("{}{text}\u{1b}[0m", escape(tone)),
            _ => text.to_owned(),
        }
    }
}

fn escape(tone: Tone) -> &'static str {
    match tone {
        Tone::Bold => "\u{1b}[1m",
        Tone::Red => "\u{1b}[1;31m",
        Tone::Yellow => "\u{1b}[33m",
        Tone::Green => "\u{1b}[32m",
        Tone::Dim => "\u{1b}[2m",
    }
}

/// Without control characters: what a file says must not steer the terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Broken into lines of at most `room` half-width characters, at a blank where one is near.
pub(super) fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in pieces(text) {
        let width = word.width();
        if used + word.trim_end().width() > room && used > 0 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        if width <= room {
            line.push_str(word);
            used += width;
            continue;
        }
        for c in word.chars() {
            let width = c.width().unwrap_or(0);
            if used + width > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += width;
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Stretches that should stay whole: Latin words with the blank after them; Japanese letter by
/// letter, but never with a closing mark in front of a line.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let Some((next_at, next)) = letters.peek().copied() else { break };
        let closing = "、。，．）」』】〉》！？：；ー～・)],.:;!?".contains(next);
        let opening = "（「『【〈《([".contains(c);
        let wide = |c: char| c.width() == Some(2);
        let breaks = c == ' ' || ((wide(c) || wide(next)) && !closing && !opening && next != ' ');
        if breaks {
            if let Some(piece) = text.get(start..next_at) {
                pieces.push(piece);
            }
            start = next_at;
        }
        let _ = at;
    }
    pieces.extend(text.get(start..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_report;
    use super::*;

    fn check(width: usize, lang: Lang, holds: &[&str]) {
        let text = screen(&small_report(), lang, false, width);
        for line in text.lines().filter(|line| !line.contains('/')) {
            assert!(line.width() <= width, "{}: {line}", line.width());
        }
        for part in holds {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(!text.contains('\u{1b}') && !text.contains("山田"));
    }

    #[test]
    fn the_screen_is_short_and_says_it_all() {
        check(
            100,
            Lang::Ja,
            &[
                "8 = 変更なし 1 + 反映予定 3",
                "【至急】",
                "次にすること",
                "reports/20261124T213000-00ab/index.html",
                "あと12日",
            ],
        );
        check(100, Lang::En, &["unchanged 1 + planned 3", "What to do next"]);
        check(46, Lang::Ja, &[]);
        let lines = screen(&small_report(), Lang::Ja, false, 100).lines().count();
        assert!(lines <= 40, "{lines}");
    }

    #[test]
    fn colour_changes_no_word() {
        let bare = screen(&small_report(), Lang::Ja, false, 90);
        let mut coloured = screen(&small_report(), Lang::Ja, true, 90);
        for tone in [Tone::Bold, Tone::Red, Tone::Yellow, Tone::Green, Tone::Dim] {
            coloured = coloured.replace(escape(tone), "");
        }
        assert_eq!(coloured.replace("\u{1b}[0m", ""), bare);
    }

    #[test]
    fn lines_break_at_blanks_and_not_before_closing_marks() {
        assert_eq!(broken("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(broken("あいう。", 6), ["あい", "う。"]);
        assert_eq!(broken("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(broken("", 3), [""]);
    }
}
