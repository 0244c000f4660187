//! Faults as a person sees them: the line, a caret right under the place even where the line is
//! Japanese, the words in both languages, what was probably meant and what to do.
//! It knows no file but the texts it is given, and prints nothing.

use super::shape::looks_like_key;
use super::suggest::nearest;
use crate::model::fault::Fault;
use crate::model::words::{Lang, setting};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::BTreeMap;
use std::ops::Range;

/// Renders faults that stop a run. `texts` holds the files' texts by the names the faults use;
/// the chosen language comes first, the other below it.
pub fn show(faults: &[Fault], texts: &BTreeMap<String, String>, lang: Lang, colour: bool) -> String {
    all(faults, texts, lang, colour, Severity::Error)
}

/// The same for faults that only deserve a look.
pub fn show_warnings(faults: &[Fault], texts: &BTreeMap<String, String>, lang: Lang, colour: bool) -> String {
    all(faults, texts, lang, colour, Severity::Warning)
}

/// Line and column of a fault, both from 1 and the column in characters; `None` if it has no place.
pub fn place(fault: &Fault, texts: &BTreeMap<String, String>) -> Option<(usize, usize)> {
    let text = texts.get(&fault.file)?;
    let span = fault.span.clone()?;
    let head = text.get(..span.start)?;
    let line = head.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = head.rfind('\n').map_or(0, |at| at + 1);
    let column = head.get(start..)?.trim_start_matches('\u{feff}').chars().count() + 1;
    Some((line, column))
}

/// Keys of `denpyo.toml` that people are tempted to write a secret behind.
const SECRET_KEYS: [&str; 3] = ["service_secret", "license_key", "next_license_key"];

#[derive(Clone, Copy)]
enum Severity {
    Error,
    Warning,
}

fn all(faults: &[Fault], texts: &BTreeMap<String, String>, lang: Lang, colour: bool, severity: Severity) -> String {
    let mut sorted: Vec<&Fault> = faults.iter().collect();
    sorted.sort_by_key(|fault| (fault.file.as_str(), fault.span.clone().map_or((0, 0), |span| (span.start, span.end))));
    let masked: BTreeMap<&str, String> =
        texts.iter().map(|(file, text)| (file.as_str(), without_secrets(file, text, faults))).collect();
    let mut out = String::new();
    for fault in sorted {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&one(fault, masked.get(fault.file.as_str()).map(String::as_str), lang, colour, severity));
        out.push('\n');
    }
    out
}

fn one(fault: &Fault, text: Option<&str>, lang: Lang, colour: bool, severity: Severity) -> String {
    let level = match (severity, lang) {
        (Severity::Error, Lang::En) => Level::ERROR,
        (Severity::Error, Lang::Ja) => Level::ERROR.with_name("エラー"),
        (Severity::Warning, Lang::En) => Level::WARNING,
        (Severity::Warning, Lang::Ja) => Level::WARNING.with_name("注意"),
    };
    let other = match lang {
        Lang::Ja => Lang::En,
        Lang::En => Lang::Ja,
    };
    let title = level.primary_title(one_line(&fault.why.text(lang))).id(fault.why.code());
    let group = match (&fault.span, text) {
        (Some(span), Some(text)) => {
            let label = fault.suggestion.as_ref().map(|meant| did_you_mean(meant, lang));
            let span = on_one_line(text, span);
            // A byte order mark has no width on any screen; without it the columns are those an editor shows.
            let source = text.trim_start_matches('\u{feff}');
            let front = text.len() - source.len();
            let span = span.start.saturating_sub(front)..span.end.saturating_sub(front);
            let annotation = AnnotationKind::Primary.span(span).label(label.map(|label| one_line(&label)));
            title.element(Snippet::source(source).path(fault.file.clone()).annotation(annotation))
        }
        (_, _) => {
            let group = Group::with_title(title).element(Level::NOTE.no_name().message(format!("--> {}", fault.file)));
            match &fault.suggestion {
                Some(meant) => group.element(Level::HELP.no_name().message(one_line(&did_you_mean(meant, lang)))),
                None => group,
            }
        }
    };
    let group = group
        .element(Level::HELP.with_name(remedy_name(lang)).message(one_line(&fault.why.remedy(lang))))
        .element(Level::NOTE.with_name(lang_name(other)).message(one_line(&fault.why.text(other))))
        .element(Level::HELP.with_name(remedy_name(other)).message(one_line(&fault.why.remedy(other))));
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

fn remedy_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "対処",
        Lang::En => "help",
    }
}

fn lang_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "日本語",
        Lang::En => "English",
    }
}

fn did_you_mean(meant: &str, lang: Lang) -> String {
    setting::DID_YOU_MEAN.with([("meant", meant.to_owned())]).text(lang)
}

/// A mark stays on the line it begins on; a table over many lines would else be shown whole.
fn on_one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.min(text.len())).max(start);
    let slice = text.get(start..end).unwrap_or_default();
    let first = slice.split(['\r', '\n']).next().unwrap_or_default();
    start..start + first.len()
}

/// Values may come from the environment or from a file; none may break a line or steer a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The text with every written-down secret blotted out, all places kept. A line that looks like one is
/// blotted out as well: where the writing is at fault, nobody can say any more what stands there.
fn without_secrets(file: &str, text: &str, faults: &[Fault]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let written = |fault: &&Fault| fault.file == file && fault.why.word == &setting::SECRET_WRITTEN;
    let mut spans: Vec<Range<usize>> = faults.iter().filter(written).filter_map(|fault| fault.span.clone()).collect();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let mut start = at;
        for part in line.split_inclusive(['=', '＝']) {
            start += part.len();
            // The sign may itself be the slip, so the whole line up to here is tried as well.
            let named = [part, text.get(at..start).unwrap_or_default()].iter().any(|head| {
                let key = head.trim_end_matches(['=', '＝']).trim().trim_matches(['"', '\'']);
                nearest(key, SECRET_KEYS).is_some()
            });
            let value = text.get(start..end).unwrap_or_default();
            if named && !value.trim_start().starts_with('{') {
                spans.push(start..end);
            }
        }
        // A key of the mall's own form is one wherever it stands.
        let mut start = at;
        for word in line.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-') {
            if looks_like_key(word) {
                spans.push(start..start + word.len());
            }
            start += word.len();
        }
        at = end;
    }
    for span in spans {
        for byte in bytes.get_mut(span).unwrap_or_default() {
            if !matches!(byte, b'"' | b'\'' | b' ' | b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
