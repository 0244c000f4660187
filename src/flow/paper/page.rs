//! HTML pages that stand alone: embedded templates and style, nothing fetched, and a
//! content-security policy that says so (the style is allowed by its hash).

use super::label;
use crate::model::words::Lang;
use base64::Engine as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");
const TEMPLATES: [(&str, &str); 5] = [
    ("frame.html", include_str!("frame.html")),
    ("plan.html", include_str!("plan.html")),
    ("report.html", include_str!("report.html")),
    ("shops.html", include_str!("shops.html")),
    ("worksheet.html", include_str!("worksheet.html")),
];

/// The page of a template with `view` as `v`, all labels as `t`.
pub fn page<V: Serialize>(template: &str, lang: Lang, view: &V) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    // The built-in escaping also turns every `/` into an entity, which makes paths unreadable in the source.
    environment.set_formatter(|out, _, value| {
        if value.is_undefined() || value.is_none() {
            return Ok(());
        }
        let text = value.to_string();
        out.write_str(&if value.is_safe() { text } else { escaped(&text) })?;
        Ok(())
    });
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).expect("embedded templates parse; the tests render each");
    }
    let style = format!("\n{STYLE}");
    let lang_code = match lang {
        Lang::Ja => "ja",
        Lang::En => "en",
    };
    let values = context! {
        v => Value::from(Serde(view)),
        t => Value::from(Serde(label::table(lang))),
        lang => lang_code,
        csp => Value::from_safe_string(content_policy(&style)),
        style => Value::from_safe_string(style),
    };
    let template = environment.get_template(template).expect("only embedded templates are asked for");
    template.render(values).expect("embedded templates render; the tests render each")
}

/// Nothing is fetched and nothing runs; this style, and no other, is applied.
pub fn content_policy(style: &str) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Text as it may stand between tags and inside quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A path of ours as a relative link: blanks, Japanese and marks percent-encoded, `/` kept.
pub fn relative_link(up: &str, path: &str) -> String {
    let mut out = String::from(up);
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: &str) {
        assert_eq!(relative_link("../../", path), expect);
    }

    #[test]
    fn links_stay_inside_the_workspace() {
        check("errors/a b_エラー.csv", "../../errors/a%20b_%E3%82%A8%E3%83%A9%E3%83%BC.csv");
        check("javascript:alert(1)", "../../javascript%3Aalert%281%29");
        check("a\\b.csv", "../../a/b.csv");
    }
}
