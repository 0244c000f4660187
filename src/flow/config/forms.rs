//! The forms a text of a settings file may have: lengths of time, windows, paths, addresses, codes.
//! Each is parsed in one place; what a form is used for is not known here.

use crate::model::carrier::Carrier;
use crate::model::day::{Day, Moment};
use crate::model::pipeline::{Shop, Window};
use crate::model::wish::ReasonCode;
use crate::model::words::{Why, setting};
use unicode_normalization::UnicodeNormalization as _;

/// Which form a text must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Anything, the empty text too.
    Any,
    /// Anything but nothing.
    Filled,
    /// `5s`, `30m`, `2h`, `63d`, `500ms`; bounds in milliseconds.
    Duration {
        least: u64,
        most: u64,
    },
    /// `64MiB`, `2GiB`; bounds in bytes.
    Size {
        least: u64,
        most: u64,
    },
    /// Files below the workspace, with `*`, `**`, `?`, `[a-z]`.
    Glob,
    /// One file below the workspace.
    Path,
    /// A file anywhere: secrets live where the machine keeps them.
    AnyPath,
    ShopId,
    Endpoint,
    Window,
    /// `05:00`.
    Clock,
    Carrier,
    /// ASCII digits, so many at least and at most.
    Digits {
        least: usize,
        most: usize,
    },
    Delimiter,
    Reason,
    /// One of these.
    Encoding(&'static [&'static str]),
    EnvName,
}

/// Why a text does not fit, and what was probably meant.
pub struct Misfit {
    pub why: Why,
    pub suggestion: Option<String>,
}

impl From<Why> for Misfit {
    fn from(why: Why) -> Misfit {
        Misfit { why, suggestion: None }
    }
}

impl Misfit {
    fn meant(why: Why, suggestion: impl Into<String>) -> Misfit {
        Misfit { why, suggestion: Some(suggestion.into()) }
    }
}

/// Encodings a file may be said to have; a byte-order mark in it says more.
pub const READ_ENCODINGS: &[&str] = &["auto", "utf-8", "cp932", "utf-16", "utf-16be"];

/// Encodings a file for another system may be written in.
pub const WRITE_ENCODINGS: &[&str] = &["cp932", "utf-8", "utf-8-bom"];

/// Folders that denpyo writes to; reading from them would feed it its own output.
pub const OWN_FOLDERS: [&str; 6] = ["outbox", "review", "errors", "archive", "reports", "state"];

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
/// Milliseconds of a day.
pub const DAY: u64 = 24 * HOUR;

/// Judges a text by its form; `key` is the setting's name.
pub fn judge(form: Form, key: &str, text: &str) -> Result<(), Misfit> {
    match form {
        Form::Any => Ok(()),
        Form::Filled if text.trim().is_empty() => Err(setting::TEXT_EMPTY.with([("key", key.to_owned())]).into()),
        Form::Filled => Ok(()),
        Form::Duration { least, most } => {
            let found = milliseconds(text)?;
            if (least..=most).contains(&found) {
                return Ok(());
            }
            let why = setting::OUT_OF_RANGE.with([
                ("key", key.to_owned()),
                ("value", text.to_owned()),
                ("least", spell(least)),
                ("most", spell(most)),
            ]);
            Err(why.into())
        }
        Form::Size { least, most } => {
            let found = bytes(text)?;
            if (least..=most).contains(&found) {
                return Ok(());
            }
            let why = setting::OUT_OF_RANGE.with([
                ("key", key.to_owned()),
                ("value", text.to_owned()),
                ("least", spell_size(least)),
                ("most", spell_size(most)),
            ]);
            Err(why.into())
        }
        Form::Glob => glob(key, text),
        Form::Path => path(key, text),
        Form::AnyPath => judge(Form::Filled, key, text),
        Form::ShopId => shop_id(text),
        Form::Endpoint => endpoint(text),
        Form::Window => window(text).map(|_| ()),
        Form::Clock => clock(text).map(|_| ()),
        Form::Carrier => carrier(text).map(|_| ()),
        Form::Digits { least, most } => {
            if (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
                return Ok(());
            }
            let why = setting::DIGITS_FORM.with([
                ("key", key.to_owned()),
                ("value", text.to_owned()),
                ("least", least.to_string()),
                ("most", most.to_string()),
            ]);
            Err(why.into())
        }
        Form::Delimiter => delimiter(key, text).map(|_| ()),
        Form::Reason => reason(text).map(|_| ()),
        Form::Encoding(choices) => encoding(choices, text),
        Form::EnvName => {
            let fits = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if fits { Ok(()) } else { Err(setting::ENV_NAME.with([("value", text.to_owned())]).into()) }
        }
    }
}

/// A length of time in milliseconds.
pub fn milliseconds(text: &str) -> Result<u64, Misfit> {
    let fault = || setting::DURATION_FORM.with([("value", text.to_owned())]);
    let folded: String = text.nfkc().collect::<String>().trim().to_lowercase();
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = folded.split_at(digits);
    let Ok(count) = number.parse::<u64>() else { return Err(fault().into()) };
    let (canonical, size) = match unit.trim() {
        "ms" | "ミリ秒" => ("ms", 1),
        "s" | "sec" | "secs" | "second" | "seconds" | "秒" => ("s", SECOND),
        "m" | "min" | "mins" | "minute" | "minutes" | "分" => ("m", MINUTE),
        "h" | "hour" | "hours" | "時間" => ("h", HOUR),
        "d" | "day" | "days" | "日" | "日間" => ("d", DAY),
        "w" | "week" | "weeks" | "週" | "週間" => {
            return Err(Misfit::meant(fault(), format!("{}d", count.saturating_mul(7))));
        }
        "" => return Err(Misfit::meant(fault(), format!("{count}s"))),
        _ => return Err(fault().into()),
    };
    let meant = format!("{count}{canonical}");
    if meant != text {
        return Err(Misfit::meant(fault(), meant));
    }
    count.checked_mul(size).ok_or_else(|| fault().into())
}

/// A length of time as a person would write it.
fn spell(milliseconds: u64) -> String {
    for (unit, size) in [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND)] {
        if milliseconds > 0 && milliseconds.is_multiple_of(size) {
            return format!("{}{unit}", milliseconds / size);
        }
    }
    if milliseconds == 0 { "0s".to_owned() } else { format!("{milliseconds}ms") }
}

const SIZES: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A size in bytes.
pub fn bytes(text: &str) -> Result<u64, Misfit> {
    let fault = || setting::SIZE_FORM.with([("value", text.to_owned())]);
    let folded: String = text.nfkc().collect::<String>().trim().to_lowercase();
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = folded.split_at(digits);
    let Ok(count) = number.parse::<u64>() else { return Err(fault().into()) };
    // People write GB and mean it roughly; the binary unit is the one that is counted here.
    let named = |name: &str| {
        let name = name.to_lowercase();
        unit.trim() == name || unit.trim() == name.replace('i', "") || unit.trim() == name.replace("ib", "")
    };
    let Some((name, size)) = SIZES.iter().find(|(name, _)| named(name)) else { return Err(fault().into()) };
    let meant = format!("{count}{name}");
    if meant != text {
        return Err(Misfit::meant(fault(), meant));
    }
    count.checked_mul(*size).ok_or_else(|| fault().into())
}

fn spell_size(bytes: u64) -> String {
    let fitting = SIZES.iter().find(|(_, size)| bytes > 0 && bytes.is_multiple_of(*size));
    fitting.map_or_else(|| bytes.to_string(), |(name, size)| format!("{}{name}", bytes / size))
}

fn path(key: &str, text: &str) -> Result<(), Misfit> {
    judge(Form::Filled, key, text)?;
    let value = || [("value", text.to_owned())];
    if text.contains('\\') {
        return Err(Misfit::meant(setting::PATH_BACKSLASH.with(value()), text.replace('\\', "/")));
    }
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with(['/', '~']) || drive {
        return Err(setting::PATH_ABSOLUTE.with(value()).into());
    }
    if text.split('/').any(|part| part == "..") {
        return Err(setting::PATH_UPWARD.with(value()).into());
    }
    Ok(())
}

fn glob(key: &str, text: &str) -> Result<(), Misfit> {
    path(key, text)?;
    // `{shop}` stands for the shop's name, so that one pipeline serves several.
    if text.replace("{shop}", "").contains(['{', '}']) {
        let why = setting::GLOB_BRACES.with([
            ("value", text.to_owned()),
            ("open", "{".to_owned()),
            ("close", "}".to_owned()),
        ]);
        return Err(why.into());
    }
    if let Err(error) = ::glob::Pattern::new(text) {
        let why = setting::GLOB_FORM.with([("value", text.to_owned()), ("detail", error.msg.to_owned())]);
        return Err(why.into());
    }
    let first = text.strip_prefix("./").unwrap_or(text).split('/').next().unwrap_or_default();
    if OWN_FOLDERS.contains(&first) {
        let why = setting::PATH_OURS.with([("value", text.to_owned()), ("folder", first.to_owned())]);
        return Err(why.into());
    }
    Ok(())
}

fn shop_id(text: &str) -> Result<(), Misfit> {
    let is_id = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    if is_id(text) {
        return Ok(());
    }
    let value = [("value", text.to_owned())];
    if text.contains('/') || text.contains("rakuten.") {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        // The shop's id is the first part of the path; on rakuten.ne.jp it stands behind `gold`.
        let id = rest.split('/').skip(1).find(|part| !part.is_empty() && *part != "gold");
        let why = setting::SHOP_URL_FULL.with(value);
        return Err(Misfit { why, suggestion: id.filter(|id| is_id(id)).map(str::to_owned) });
    }
    let folded: String = text.nfkc().collect::<String>().trim().to_lowercase();
    let suggestion = is_id(&folded).then_some(folded);
    Err(Misfit { why: setting::SHOP_URL_FORM.with(value), suggestion })
}

/// `https://host[:port][/path]`, or the same with `http` on this machine. No user, query or fragment:
/// `http://127.0.0.1@elsewhere` would look like this machine and be another.
fn endpoint(text: &str) -> Result<(), Misfit> {
    let value = || [("value", text.to_owned())];
    let Some((scheme, rest)) = text.split_once("://") else {
        let meant = format!("https://{text}");
        let fits = text.contains('.') && endpoint(&meant).is_ok();
        return Err(Misfit { why: setting::ENDPOINT_FORM.with(value()), suggestion: fits.then_some(meant) });
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host_fits = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    let path_fits = path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/'));
    if !host_fits || !path_fits || !port_fits(host) {
        return Err(setting::ENDPOINT_FORM.with(value()).into());
    }
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback(text) => Ok(()),
        "http" => Err(Misfit::meant(setting::ENDPOINT_PLAIN.with(value()), format!("https://{rest}"))),
        _ => Err(setting::ENDPOINT_FORM.with(value()).into()),
    }
}

fn port_fits(host: &str) -> bool {
    let after_bracket = host.rsplit(']').next().unwrap_or(host);
    match after_bracket.rsplit_once(':') {
        Some((name, port)) => (host.starts_with('[') || !name.contains(':')) && port.parse::<u16>().is_ok(),
        None => true,
    }
}

/// Whether an address is this machine's own; the shop's own rule, asked before there is a shop.
pub fn is_loopback(endpoint: &str) -> bool {
    Shop::is_loopback_endpoint(endpoint)
}

/// A time of day: hour and minute; `24:00` only where `most` allows it.
pub fn clock(text: &str) -> Result<(i8, i8), Misfit> {
    let fault = || setting::CLOCK_FORM.with([("value", text.to_owned())]);
    match minutes(text) {
        Some(all) if all < 24 * 60 => match (i8::try_from(all / 60), i8::try_from(all % 60)) {
            (Ok(hour), Ok(minute)) => Ok((hour, minute)),
            _ => Err(fault().into()),
        },
        _ => {
            let folded: String = text.nfkc().collect::<String>().replace('時', ":").replace('分', "");
            let padded = match folded.trim().split_once(':') {
                Some((hour, "")) => format!("{hour:0>2}:00"),
                Some((hour, minute)) => format!("{hour:0>2}:{minute:0>2}"),
                None => String::new(),
            };
            let suggestion = minutes(&padded).filter(|all| *all < 24 * 60).map(|_| padded);
            Err(Misfit { why: fault(), suggestion })
        }
    }
}

/// Minutes of the day from `hh:mm`, up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two =
        |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u16>().ok())?;
    let (hour, minute) = (two(hour)?, two(minute)?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= 24 * 60).then_some(all)
}

const WEEKDAYS: [(&str, char); 7] =
    [("Sun", '日'), ("Mon", '月'), ("Tue", '火'), ("Wed", '水'), ("Thu", '木'), ("Fri", '金'), ("Sat", '土')];

/// `Sun 02:00-09:00` or `2026-12-06 02:00-08:00`; an end before the start lies on the next day.
pub fn window(text: &str) -> Result<Window, Misfit> {
    if let Some(window) = exact_window(text) {
        return Ok(window);
    }
    let why = setting::WINDOW_FORM.with([("value", text.to_owned())]);
    let folded: String = text.nfkc().collect::<String>().replace(['~', '～', '〜', '–', '−'], "-").replace('/', "-");
    let meant = folded.trim().split_once(' ').and_then(|(when, hours)| {
        let day = WEEKDAYS
            .iter()
            .find(|(name, kanji)| when.to_lowercase().starts_with(&name.to_lowercase()) || when.starts_with(*kanji));
        let hours: String = hours.split_whitespace().collect();
        let hours: Vec<String> = hours.split('-').map(|clock| format!("{clock:0>5}")).collect();
        let meant = format!("{} {}", day.map_or(when, |(name, _)| name), hours.join("-"));
        exact_window(&meant).map(|_| meant)
    });
    Err(Misfit { why, suggestion: meant })
}

fn exact_window(text: &str) -> Option<Window> {
    let (when, hours) = text.split_once(' ')?;
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    if from == to || from == 24 * 60 {
        return None;
    }
    if let Some(weekday) = WEEKDAYS.iter().position(|(name, _)| *name == when) {
        return Some(Window::Weekly { weekday: u8::try_from(weekday).ok()?, from, to });
    }
    let day = Day::from_iso(when)?;
    let last = if to < from { day.plus_days(1) } else { day };
    Some(Window::Dated { from: Moment::at(day, 0, from.into(), 0), to: Moment::at(last, 0, to.into(), 0) })
}

/// By code, or by the mall's name.
pub fn carrier(text: &str) -> Result<Carrier, Misfit> {
    if let Some(carrier) = Carrier::from_code(text).or_else(|| Carrier::from_name(text)) {
        return Ok(carrier);
    }
    let folded: String = text.nfkc().collect::<String>().trim().to_owned();
    let by_fold =
        Carrier::from_code(&folded).or_else(|| Carrier::from_name(&folded)).map(|found| found.code().to_owned());
    let suggestion = by_fold.or_else(|| {
        let near = super::suggest::nearest(&folded, Carrier::all().map(|(_, name)| name))?;
        Carrier::from_name(near).map(|found| format!("{} ({near})", found.code()))
    });
    Err(Misfit { why: setting::CARRIER_UNKNOWN.with([("value", text.to_owned())]), suggestion })
}

/// One character; `\t` may be written as the word `tab`.
pub fn delimiter(key: &str, text: &str) -> Result<char, Misfit> {
    match text {
        "tab" => Ok('\t'),
        "," | "\t" | ";" | "|" => Ok(text.chars().next().unwrap_or(',')),
        _ => Err(setting::ONE_SIGN.with([("key", key.to_owned()), ("value", text.to_owned())]).into()),
    }
}

/// A reason by its name, with the side in brackets where the name alone is not enough, or by its code.
pub fn reason(text: &str) -> Result<ReasonCode, Misfit> {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    if let Some(code) = folded.parse().ok().and_then(ReasonCode::from_code) {
        return Ok(code);
    }
    let fold = |name: &str| name.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
    let all = || {
        ReasonCode::ALL.iter().filter_map(|(code, name, side)| {
            Some((ReasonCode::from_code(i64::from(*code))?, fold(name), format!("{}({})", fold(name), fold(side))))
        })
    };
    let fitting: Vec<_> = all().filter(|(_, name, full)| *name == folded || *full == folded).collect();
    match fitting.as_slice() {
        [(code, ..)] => Ok(*code),
        [] => {
            let names: Vec<&str> = ReasonCode::ALL.iter().map(|(_, name, _)| *name).collect();
            let near = super::suggest::nearest(&folded, names).map(str::to_owned);
            Err(Misfit { why: setting::REASON_UNKNOWN.with([("value", text.to_owned())]), suggestion: near })
        }
        _ => Err(setting::REASON_AMBIGUOUS.plain().into()),
    }
}

fn encoding(choices: &[&'static str], text: &str) -> Result<(), Misfit> {
    if choices.contains(&text) {
        return Ok(());
    }
    let folded = text.to_lowercase().replace(['_', '-', ' '], "");
    let meant = match folded.as_str() {
        "sjis" | "shiftjis" | "mskanji" | "windows31j" | "ms932" | "シフトjis" => Some("cp932"),
        "utf8" => Some("utf-8"),
        "utf8bom" | "utf8sig" if choices.contains(&"utf-8-bom") => Some("utf-8-bom"),
        "utf8bom" | "utf8sig" => Some("utf-8"),
        "utf16" | "unicode" => Some("utf-16"),
        _ => super::suggest::nearest(text, choices.iter().copied()),
    };
    let why = setting::ENCODING_UNKNOWN
        .with([("value", text.to_owned()), ("choices", super::shape::quoted(choices.iter().copied()))]);
    let meant = meant.filter(|known| choices.contains(known)).map(str::to_owned);
    Err(Misfit { why, suggestion: meant })
}

/// A pattern for editors, where the form is regular; the check itself is [`judge`].
pub fn pattern(form: Form) -> Option<&'static str> {
    match form {
        Form::Any | Form::AnyPath | Form::Carrier | Form::Reason | Form::Encoding(_) => None,
        Form::Filled => Some(r"\S"),
        Form::Duration { .. } => Some(r"^([0-9]+(ms|s|m|h|d)|.*\$\{.+\}.*)$"),
        Form::Size { .. } => Some(r"^([0-9]+[KMG]iB|.*\$\{.+\}.*)$"),
        Form::Glob | Form::Path => Some(r"^(?![/~])(?!.*(^|/)\.\.(/|$))[^\\]+$"),
        Form::ShopId => Some(r"^([a-z0-9_-]+|.*\$\{.+\}.*)$"),
        Form::Endpoint => Some(r"^(https?://[^@?#\s]+|.*\$\{.+\}.*)$"),
        Form::Window => {
            Some(r"^((Sun|Mon|Tue|Wed|Thu|Fri|Sat)|[0-9]{4}-[0-9]{2}-[0-9]{2}) [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$")
        }
        Form::Clock => Some(r"^[0-9]{2}:[0-9]{2}$"),
        Form::Digits { .. } => Some(r"^[0-9]+$"),
        Form::Delimiter => Some(r"^(tab|[,;|\t])$"),
        Form::EnvName => Some(r"^[A-Za-z_][A-Za-z0-9_]*$"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form, a text, and the fault's code with its suggestion, if any.
    fn check(form: Form, text: &str, expect: Option<(&str, Option<&str>)>) {
        let found = judge(form, "key", text).err();
        let found = found.as_ref().map(|misfit| (misfit.why.code(), misfit.suggestion.as_deref()));
        assert_eq!(found, expect, "{form:?} {text}");
    }

    #[test]
    fn lengths_of_time() {
        let form = Form::Duration { least: 0, most: 730 * DAY };
        for good in ["5s", "30m", "2h", "63d", "0s", "1500ms"] {
            check(form, good, None);
        }
        check(form, "30", Some(("duration-form", Some("30s"))));
        check(form, "30分", Some(("duration-form", Some("30m"))));
        check(form, "３０分", Some(("duration-form", Some("30m"))));
        check(form, "30 min", Some(("duration-form", Some("30m"))));
        check(form, "2w", Some(("duration-form", Some("14d"))));
        check(form, "soon", Some(("duration-form", None)));
        check(form, "-5s", Some(("duration-form", None)));
        check(form, "99999999999999999999d", Some(("duration-form", None)));
        check(form, "9999999999999999d", Some(("duration-form", None)));
        check(form, "731d", Some(("out-of-range", None)));
    }

    #[test]
    fn sizes() {
        let form = Form::Size { least: 1 << 20, most: 4 << 30 };
        check(form, "2GiB", None);
        check(form, "512MiB", None);
        check(form, "2GB", Some(("size-form", Some("2GiB"))));
        check(form, "２ｇ", Some(("size-form", Some("2GiB"))));
        check(form, "2000000", Some(("size-form", None)));
        check(form, "99999999999GiB", Some(("size-form", None)));
        check(form, "8GiB", Some(("out-of-range", None)));
    }

    #[test]
    fn paths_stay_inside() {
        check(Form::Glob, "inbox/**/*.csv", None);
        check(Form::Glob, "inbox/ヤマト/*.csv", None);
        check(Form::Glob, "/etc/*.csv", Some(("path-absolute", None)));
        check(Form::Glob, "C:/x/*.csv", Some(("path-absolute", None)));
        check(Form::Glob, "~/x.csv", Some(("path-absolute", None)));
        check(Form::Glob, "inbox/../../x", Some(("path-upward", None)));
        check(Form::Glob, "inbox\\a.csv", Some(("path-backslash", Some("inbox/a.csv"))));
        check(Form::Glob, "inbox/{a,b}.csv", Some(("glob-braces", None)));
        check(Form::Glob, "inbox/[.csv", Some(("glob-form", None)));
        check(Form::Glob, "inbox/a***.csv", Some(("glob-form", None)));
        check(Form::Glob, "archive/**/*.csv", Some(("path-ours", None)));
        check(Form::Path, "a..b/keys.csv", None);
    }

    #[test]
    fn a_shop_is_named_by_its_id() {
        check(Form::ShopId, "demo-shop", None);
        check(Form::ShopId, "https://www.rakuten.co.jp/demo-shop/", Some(("shop-url-full", Some("demo-shop"))));
        check(Form::ShopId, "www.rakuten.co.jp/demo-shop", Some(("shop-url-full", Some("demo-shop"))));
        check(Form::ShopId, "https://www.rakuten.ne.jp/gold/demo-shop/x?y", Some(("shop-url-full", Some("demo-shop"))));
        check(Form::ShopId, "https://www.rakuten.co.jp/", Some(("shop-url-full", None)));
        check(Form::ShopId, "Demo-Shop", Some(("shop-url-form", Some("demo-shop"))));
        check(Form::ShopId, "店", Some(("shop-url-form", None)));
    }

    #[test]
    fn an_endpoint_is_https_or_this_machine() {
        check(Form::Endpoint, "https://api.rms.rakuten.co.jp", None);
        check(Form::Endpoint, "http://127.0.0.1:18080", None);
        check(Form::Endpoint, "http://localhost", None);
        check(Form::Endpoint, "http://[::1]:80/", None);
        check(Form::Endpoint, "http://example.com", Some(("endpoint-plain", Some("https://example.com"))));
        check(Form::Endpoint, "http://127.0.0.1@example.com", Some(("endpoint-form", None)));
        check(Form::Endpoint, "http://127.0.0.1:80@example.com", Some(("endpoint-form", None)));
        check(
            Form::Endpoint,
            "http://127.0.0.1.example.com",
            Some(("endpoint-plain", Some("https://127.0.0.1.example.com"))),
        );
        check(Form::Endpoint, "http://127.0.0.1:99999", Some(("endpoint-form", None)));
        check(Form::Endpoint, "ftp://127.0.0.1", Some(("endpoint-form", None)));
        check(Form::Endpoint, "api.rms.rakuten.co.jp", Some(("endpoint-form", Some("https://api.rms.rakuten.co.jp"))));
    }

    #[test]
    fn windows_and_clocks() {
        check(Form::Window, "Sun 02:00-09:00", None);
        check(Form::Window, "2026-12-06 02:00-08:00", None);
        check(Form::Window, "Sat 23:00-24:00", None);
        check(Form::Window, "日曜 2:00〜9:00", Some(("window-form", Some("Sun 02:00-09:00"))));
        check(Form::Window, "2026/12/06 02:00-08:00", Some(("window-form", Some("2026-12-06 02:00-08:00"))));
        check(Form::Window, "Sunday 02:00 - 09:00", Some(("window-form", Some("Sun 02:00-09:00"))));
        check(Form::Window, "Sun 02:00-02:00", Some(("window-form", None)));
        check(Form::Window, "2026-02-30 02:00-08:00", Some(("window-form", None)));
        check(Form::Clock, "05:00", None);
        check(Form::Clock, "5:00", Some(("clock-form", Some("05:00"))));
        check(Form::Clock, "5時", Some(("clock-form", Some("05:00"))));
        check(Form::Clock, "24:00", Some(("clock-form", None)));
    }

    #[test]
    fn carriers_reasons_and_encodings() {
        check(Form::Carrier, "1001", None);
        check(Form::Carrier, "ヤマト運輸", None);
        check(Form::Carrier, "ヤマト運送", Some(("carrier-setting-unknown", Some("1001 (ヤマト運輸)"))));
        check(Form::Carrier, "１００１", Some(("carrier-setting-unknown", Some("1001"))));
        check(Form::Reason, "欠品", None);
        check(Form::Reason, "その他（店舗都合）", None);
        check(Form::Reason, "その他", Some(("reason-setting-ambiguous", None)));
        check(Form::Reason, "欠品だから", Some(("reason-setting-unknown", None)));
        check(Form::Encoding(READ_ENCODINGS), "Shift_JIS", Some(("encoding-setting-unknown", Some("cp932"))));
        check(Form::Encoding(READ_ENCODINGS), "UTF-8-BOM", Some(("encoding-setting-unknown", Some("utf-8"))));
        check(Form::Encoding(WRITE_ENCODINGS), "utf-8-bom", None);
        check(Form::Encoding(WRITE_ENCODINGS), "auto", Some(("encoding-setting-unknown", None)));
        check(Form::Delimiter, "::", Some(("one-sign", None)));
        assert_eq!(reason("その他(お客様都合)").ok(), Some(ReasonCode(6)));
        assert_eq!(reason("8").ok(), Some(ReasonCode(8)));
    }

    #[test]
    fn a_dated_window_may_end_on_the_next_day() {
        let found = window("2026-12-06 22:00-02:00").ok();
        let at = |text| Moment::from_api(text).unwrap();
        let expect = Window::Dated { from: at("2026-12-06T22:00:00+0900"), to: at("2026-12-07T02:00:00+0900") };
        assert_eq!(found, Some(expect));
    }
}
