//! A diff for people and for programs: a CSV that Excel opens as it should, a page, JSON, a table for
//! the terminal. The CSV can be made finding by finding, for files that differ everywhere. Knows
//! nothing of where any of it is written.

use super::visible::controls;
use super::{CellChange, Diff, Duplicate, Finding, Irregular, RowAt, Side};
use crate::flow::paper::content_policy;
use crate::model::words::{Lang, Why, reading};
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a line of the output speaks of.
#[derive(Clone, Copy)]
enum Kind {
    Changed,
    Added,
    Removed,
    Double,
    Form,
}

impl Kind {
    fn name(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Kind::Changed, Lang::Ja) => "変更",
            (Kind::Added, Lang::Ja) => "追加",
            (Kind::Removed, Lang::Ja) => "削除",
            (Kind::Double, Lang::Ja) => "キー重複",
            (Kind::Form, Lang::Ja) => "形式",
            (Kind::Changed, Lang::En) => "changed",
            (Kind::Added, Lang::En) => "added",
            (Kind::Removed, Lang::En) => "removed",
            (Kind::Double, Lang::En) => "key twice",
            (Kind::Form, Lang::En) => "form",
        }
    }
}

fn titles(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::Ja => ["種類", "キー", "列", "旧", "新", "旧の行", "新の行"],
        Lang::En => ["kind", "key", "column", "old", "new", "old line", "new line"],
    }
}

/// One line: kind, key, column, old, new, old line, new line.
struct Line<'a> {
    kind: Kind,
    key: &'a str,
    column: &'a str,
    old: Cow<'a, str>,
    new: Cow<'a, str>,
    old_line: String,
    new_line: String,
}

impl<'a> Line<'a> {
    fn bare(kind: Kind, key: &'a str) -> Line<'a> {
        let none = || Cow::Borrowed("");
        Line { kind, key, column: "", old: none(), new: none(), old_line: String::new(), new_line: String::new() }
    }

    fn cell(change: &'a CellChange) -> Line<'a> {
        let CellChange { key, column, old, new, old_line, new_line, undecodable: _ } = change;
        let (old_line, new_line) = (old_line.to_string(), new_line.to_string());
        Line { kind: Kind::Changed, key, column, old: Cow::Borrowed(old), new: Cow::Borrowed(new), old_line, new_line }
    }

    fn added(row: &'a RowAt) -> Line<'a> {
        Line { new_line: row.line.to_string(), ..Line::bare(Kind::Added, &row.key) }
    }

    fn removed(row: &'a RowAt) -> Line<'a> {
        Line { old_line: row.line.to_string(), ..Line::bare(Kind::Removed, &row.key) }
    }

    fn double(duplicate: &'a Duplicate) -> Line<'a> {
        let join = |lines: &[u64]| lines.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
        let (old_line, new_line) = (join(&duplicate.old_lines), join(&duplicate.new_lines));
        Line { old_line, new_line, ..Line::bare(Kind::Double, &duplicate.key) }
    }

    fn form(irregular: &'a Irregular, lang: Lang) -> Line<'a> {
        let (text, line) = (Cow::Owned(irregular.why.text(lang)), irregular.line.to_string());
        let bare = Line::bare(Kind::Form, "");
        match irregular.side {
            Side::Old => Line { old: text, old_line: line, ..bare },
            Side::New => Line { new: text, new_line: line, ..bare },
        }
    }

    fn of(finding: &'a Finding, lang: Lang) -> Line<'a> {
        match finding {
            Finding::Irregular(irregular) => Line::form(irregular, lang),
            Finding::Duplicate(duplicate) => Line::double(duplicate),
            Finding::Cell(change) => Line::cell(change),
            Finding::Removed(row) => Line::removed(row),
            Finding::Added(row) => Line::added(row),
        }
    }

    fn fields(&self, lang: Lang) -> [&str; 7] {
        let Line { kind, key, column, old, new, old_line, new_line } = self;
        [kind.name(lang), key, column, old, new, old_line, new_line]
    }
}

impl Line<'_> {
    /// For the terminal: every field on one line and cut, except the reason that a row is named for and the key, by
    /// whose end rows are told apart.
    fn shown(&self, lang: Lang) -> [String; 7] {
        let mut out = self.fields(lang).map(shortened);
        out[1] = on_one_line(self.key);
        match self.kind {
            Kind::Form => [out[3], out[4]] = [on_one_line(&self.old), on_one_line(&self.new)],
            Kind::Changed => [out[3], out[4]] = differing(&self.old, &self.new),
            Kind::Added | Kind::Removed | Kind::Double => {}
        }
        out
    }
}

fn lines(diff: &Diff, lang: Lang) -> impl Iterator<Item = Line<'_>> {
    let forms = diff.irregular.iter().map(move |irregular| Line::form(irregular, lang));
    forms
        .chain(diff.duplicates.iter().map(Line::double))
        .chain(diff.cells.iter().map(Line::cell))
        .chain(diff.removed_rows.iter().map(Line::removed))
        .chain(diff.added_rows.iter().map(Line::added))
}

/// The counts in one sentence.
pub fn summary(diff: &Diff) -> Why {
    if diff.is_empty() {
        return reading::DIFF_SAME.with([("old", diff.old_rows.to_string()), ("new", diff.new_rows.to_string())]);
    }
    reading::DIFF_COUNTS.with([
        ("rows", diff.changed_rows.to_string()),
        ("cells", diff.changed_cells.to_string()),
        ("added", diff.added.to_string()),
        ("removed", diff.removed.to_string()),
    ])
}

/// The first bytes of the CSV: a byte-order mark, so that Excel takes it as UTF-8, and the titles.
pub fn csv_head(lang: Lang) -> Vec<u8> {
    let mut out = b"\xef\xbb\xbf".to_vec();
    push_record(&mut out, titles(lang).into_iter());
    out
}

/// One finding as a line of that CSV.
pub fn csv_line(finding: &Finding, lang: Lang, out: &mut Vec<u8>) {
    push_line(&Line::of(finding, lang), lang, out);
}

/// The whole CSV, for Excel.
pub fn csv(diff: &Diff, lang: Lang) -> Vec<u8> {
    let mut out = csv_head(lang);
    lines(diff, lang).for_each(|line| push_line(&line, lang, &mut out));
    out
}

fn push_line(line: &Line<'_>, lang: Lang, out: &mut Vec<u8>) {
    let fields = line.fields(lang).map(excel_cell);
    push_record(out, fields.iter().map(|field| &**field));
}

/// What the `csv` crate writes, which is the slow twin: a file that differs everywhere has a line for every row.
fn push_record<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            out.push(b'"');
            for (index, part) in cell.split('"').enumerate() {
                if index > 0 {
                    out.extend_from_slice(b"\"\"");
                }
                out.extend_from_slice(part.as_bytes());
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Digits that a spreadsheet would round, at least.
const DIGITS_KEPT: usize = 11;

/// A number that a spreadsheet shows as another one: long, with zeros in front or behind, or with an exponent.
fn rounded(text: &str) -> bool {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.' | ',')) {
        return false;
    }
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (figures, exponent) = match body.split_once(['e', 'E']) {
        Some((figures, exponent)) => (figures, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (body, None),
    };
    let (whole, fraction) = match figures.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (figures, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let whole: String = whole.split(',').collect();
    let number =
        digits(&whole) && fraction.is_none_or(digits) && exponent.is_none_or(|one| !one.is_empty() && digits(one));
    let count = whole.len() + fraction.map_or(0, str::len);
    number
        && count > 0
        && (count >= DIGITS_KEPT
            || exponent.is_some()
            || whole.len() > 1 && whole.starts_with('0')
            || whole.is_empty()
            || fraction.is_some_and(|fraction| fraction.is_empty() || fraction.ends_with('0')))
}

/// A cell that a spreadsheet neither rounds nor runs.
fn excel_cell(text: &str) -> Cow<'_, str> {
    let text = controls(text, &['\n', '\r', '\t']);
    if rounded(&text) {
        return Cow::Owned(format!("=\"{text}\""));
    }
    let negative = text.strip_prefix('-').is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'))
    });
    if !negative && text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

/// One JSON document: the counts as integers, `cells` and the other lists.
pub fn json(diff: &Diff) -> String {
    serde_json::to_string(diff).unwrap_or_default()
}

const STYLE: &str = "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.2em .6em;text-align:left;vertical-align:top;white-space:pre-wrap}th{background:#eee;position:sticky;top:0}td.old{background:#fee}td.new{background:#efe}";

/// A page that stands alone.
pub fn html(diff: &Diff, files: &[String; 2], lang: Lang) -> String {
    let (lang_code, csp) = (if lang == Lang::Ja { "ja" } else { "en" }, content_policy(STYLE));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{lang_code}\"><head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{csp}\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>denpyo diff</title>\n<style>{STYLE}</style></head>\n<body>\n",
    );
    let [old, new] = files;
    out.push_str(&format!(
        "<h1>{} → {}</h1>\n<p>{}</p>\n",
        escaped(old),
        escaped(new),
        escaped(&summary(diff).text(lang))
    ));
    for why in column_notes(diff) {
        out.push_str(&format!("<p>{}</p>\n", escaped(&why.text(lang))));
    }
    let shown = lines(diff, lang).count() as u64;
    if diff.findings() > shown {
        let values = [("shown", shown.to_string()), ("count", diff.findings().to_string())];
        out.push_str(&format!(
            "<p><strong>{}</strong></p>\n",
            escaped(&reading::DIFF_FIRST_ONLY.with(values).text(lang))
        ));
    }
    out.push_str("<table>\n<tr>");
    titles(lang).iter().for_each(|title| out.push_str(&format!("<th>{title}</th>")));
    out.push_str("</tr>\n");
    for line in lines(diff, lang) {
        out.push_str("<tr>");
        for (index, cell) in line.fields(lang).into_iter().enumerate() {
            let class = match index {
                3 => " class=\"old\"",
                4 => " class=\"new\"",
                _ => "",
            };
            out.push_str(&format!("<td{class}>{}</td>", escaped(cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n</body></html>\n");
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in controls(text, &['\n']).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

fn column_notes(diff: &Diff) -> Vec<Why> {
    let join = |names: &[String]| on_one_line(&names.join(", "));
    let mut notes = Vec::new();
    if let Some(column) = &diff.key_without {
        notes.push(
            reading::DIFF_KEY_WITHOUT
                .with([("column", on_one_line(column)), ("key", on_one_line(&diff.key.join(" + ")))]),
        );
    }
    if diff.irregular_rows > 0 {
        notes.push(reading::DIFF_IRREGULAR.with([("count", diff.irregular_rows.to_string())]));
    }
    if diff.undecodable_cells > 0 {
        notes.push(reading::DIFF_UNDECODABLE.with([("count", diff.undecodable_cells.to_string())]));
    }
    if !diff.only_old.is_empty() {
        notes.push(reading::DIFF_ONLY_OLD.with([("columns", join(&diff.only_old))]));
    }
    if !diff.only_new.is_empty() {
        notes.push(reading::DIFF_ONLY_NEW.with([("columns", join(&diff.only_new))]));
    }
    notes
}

/// Columns on the terminal that one cell may fill.
const CELL_WIDTH_MAX: usize = 32;

/// A table for the terminal, at most `rows_max` lines of it, with the counts under it. Cells are cut
/// to a width and shown on one line.
pub fn table(diff: &Diff, lang: Lang, rows_max: usize) -> String {
    let mut rows: Vec<[String; 7]> = vec![titles(lang).map(str::to_owned)];
    rows.extend(lines(diff, lang).take(rows_max).map(|line| line.shown(lang)));
    let widths: [usize; 7] = std::array::from_fn(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or(0));
    let mut out = String::new();
    if rows.len() > 1 {
        for row in &rows {
            let mut text = String::new();
            for (cell, width) in row.iter().zip(widths) {
                text.push_str(cell);
                text.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
    }
    let shown = rows.len() as u64 - 1;
    if diff.findings() > shown {
        out.push_str(&reading::DIFF_MORE.with([("count", (diff.findings() - shown).to_string())]).text(lang));
        out.push('\n');
    }
    for why in column_notes(diff).into_iter().chain([summary(diff)]) {
        out.push_str(&why.text(lang));
        out.push('\n');
    }
    out
}

/// A text from a file as it may stand on a terminal: on one line, and with nothing in it that a terminal would obey.
pub fn on_one_line(text: &str) -> String {
    // A line end of two signs is one to the eye; a lone carriage return shows as itself.
    controls(&text.replace("\r\n", "⏎").replace('\n', "⏎"), &[]).into_owned()
}

/// Letters kept in front of the first that differs.
const LEAD: usize = 8;

/// Two cells cut so that where they differ is seen.
fn differing(old: &str, new: &str) -> [String; 2] {
    let (mut one, mut other) = (on_one_line(old), on_one_line(new));
    if one == other {
        // They differ in their line ends.
        (one, other) = (controls(old, &[]).into_owned(), controls(new, &[]).into_owned());
    }
    let (old, new) = (one, other);
    let alike = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    let skip = alike.saturating_sub(LEAD);
    if skip == 0 || old.width().max(new.width()) <= CELL_WIDTH_MAX {
        return [shortened(&old), shortened(&new)];
    }
    [old, new].map(|text| shortened(&std::iter::once('…').chain(text.chars().skip(skip)).collect::<String>()))
}

fn shortened(text: &str) -> String {
    let one_line = on_one_line(text);
    if one_line.width() <= CELL_WIDTH_MAX {
        return one_line;
    }
    let mut width = 0;
    let kept = one_line.chars().take_while(|letter| {
        width += letter.width().unwrap_or(0);
        width < CELL_WIDTH_MAX
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn sample() -> Diff {
        Diff {
            changed_rows: 1,
            changed_cells: 1,
            added: 1,
            removed: 1,
            old_rows: 3,
            new_rows: 3,
            cells: vec![CellChange {
                key: "1-2-3/7".to_owned(),
                column: Arc::from("送付先名"),
                old: "山田<b>".to_owned(),
                new: "=HYPERLINK(\"x\")".to_owned(),
                old_line: 2,
                new_line: 5,
                undecodable: false,
            }],
            added_rows: vec![RowAt { key: "012345678901".to_owned(), line: 4 }],
            removed_rows: vec![RowAt { key: "9".to_owned(), line: 3 }],
            only_new: vec!["備考".to_owned()],
            ..Diff::default()
        }
    }

    #[test]
    fn the_csv_is_one_that_excel_opens_as_it_should() {
        let text = String::from_utf8(csv(&sample(), Lang::Ja)).unwrap();
        assert_eq!(
            text,
            "\u{feff}種類,キー,列,旧,新,旧の行,新の行\r\n変更,1-2-3/7,送付先名,山田<b>,\"'=HYPERLINK(\"\"x\"\")\",2,5\r\n削除,9,,,,3,\r\n追加,\"=\"\"012345678901\"\"\",,,,,4\r\n"
        );
        let check = |text: &str, expect: &str| assert_eq!(excel_cell(text), expect);
        check("-9999", "-9999");
        check("-1+cmd", "'-1+cmd");
        check("0123", "=\"0123\"");
        check("0", "0");
        for kept in ["1,650", "1.5", "-500", "0.08", "1234567890", "1.2.3", "2026-04-02", "e5", ".", "1,650円"] {
            check(kept, kept);
        }
        for rounded in ["1.10", "1E5", "-12345678901234567", "1234567890123456.5", "1.", ".5", "007", "123,456,789,012"]
        {
            check(rounded, &format!("=\"{rounded}\""));
        }
        check("a\u{7}b", "a␇b");
        check("\u{7}=cmd", "␇=cmd");
        check("＝cmd", "'＝cmd");
    }

    #[test]
    fn findings_one_by_one_make_the_same_csv() {
        let diff = sample();
        let mut out = csv_head(Lang::En);
        let findings = [
            Finding::Cell(diff.cells[0].clone()),
            Finding::Removed(diff.removed_rows[0].clone()),
            Finding::Added(diff.added_rows[0].clone()),
        ];
        findings.iter().for_each(|finding| csv_line(finding, Lang::En, &mut out));
        assert_eq!(out, csv(&diff, Lang::En));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]
        #[test]
        fn a_line_is_what_the_csv_crate_writes(cells in proptest::collection::vec("[a\",\r\n 表=']{0,4}", 7)) {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            let mut out = Vec::new();
            push_record(&mut out, cells.iter().map(String::as_str));
            prop_assert_eq!(out, writer.into_inner().unwrap());
        }
    }

    #[test]
    fn nothing_from_a_file_moves_the_terminal_and_line_ends_that_differ_show() {
        let mut diff = sample();
        diff.only_old = vec!["y\u{1b}[2J\n".to_owned()];
        diff.cells[0].old = "a\r\nb".to_owned();
        diff.cells[0].new = "a\nb".to_owned();
        let table = table(&diff, Lang::En, 9);
        assert!(table.contains("y␛[2J⏎") && table.contains("a␍␊b") && table.contains("a␊b "), "{table}");
    }

    #[test]
    fn the_page_escapes_and_the_table_stands_straight() {
        let page = html(&sample(), &["a".to_owned(), "b".to_owned()], Lang::En);
        assert!(page.contains("<td class=\"old\">山田&lt;b&gt;</td>"), "{page}");
        assert!(
            page.contains("<html lang=\"en\">") && page.contains("content=\"default-src 'none'; style-src 'sha256-")
        );
        let table = table(&sample(), Lang::Ja, 2);
        let expect = [
            "種類  キー     列        旧       新               旧の行  新の行",
            "変更  1-2-3/7  送付先名  山田<b>  =HYPERLINK(\"x\")  2       5",
            "削除  9                                            3",
            "ほか 1 件",
            "新しいファイルだけの列（比較しません）: 備考",
            "変更 1 行（1 セル）、追加 1 行、削除 1 行",
        ];
        assert_eq!(table.lines().collect::<Vec<_>>(), expect);
    }

    #[test]
    fn the_table_shows_where_long_cells_differ_and_the_whole_reason() {
        let check = |old: &str, new: &str, expect: [&str; 2]| assert_eq!(differing(old, new), expect);
        let long = "あ".repeat(100);
        check(&format!("{long}甲"), &format!("{long}乙"), ["…ああああああああ甲", "…ああああああああ乙"]);
        check(&long, &format!("{long}乙"), ["…ああああああああ", "…ああああああああ乙"]);
        check("短い甲", "短い乙", ["短い甲", "短い乙"]);
        check("a\nb", "c\nb", ["a⏎b", "c⏎b"]);
        check("a\r\nb\r", "a\u{1}", ["a⏎b␍", "a␁"]);
        let why = reading::CELLS_FEWER.with([("found", "2".to_owned()), ("expected", "100".to_owned())]);
        let form = Irregular { side: Side::New, line: 7, why };
        let mut diff = Diff::default();
        diff.take(Finding::Irregular(form), 9);
        assert!(!diff.is_empty(), "what was not compared in full is not the same");
        let table = table(&diff, Lang::En, 9);
        assert!(table.contains("the row has too few cells (2, not 100)"), "{table}");
        assert!(table.contains("1 rows of a wrong form were compared as far as they go"), "{table}");
    }

    #[test]
    fn the_json_has_the_promised_keys() {
        let value: serde_json::Value = serde_json::from_str(&json(&sample())).unwrap();
        assert_eq!(value["changed_rows"], 1);
        assert_eq!(value["changed_cells"], 1);
        assert_eq!((value["added"].as_u64(), value["removed"].as_u64()), (Some(1), Some(1)));
        assert_eq!(value["cells"][0]["column"], "送付先名");
    }
}
