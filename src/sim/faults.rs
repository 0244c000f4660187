//! The fault file: the switches of the reference's unknowns, and rules for trouble on the way.
//!
//! A rule says which calls it meets and what befalls them. Chance comes from the seed, the rule and the count of
//! calls, never from time, so that a seed replays. It knows nothing of orders; the server carries faults out.

use serde::Deserialize;
use serde_json::Value;

use super::clock::{HOUR, Moment, SECOND, parse_duration};
use super::money::Rounding;
use super::value::as_scaled;

/// Answers to what the reference leaves open; the defaults are its section 14.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// 415 unless the content type names its charset.
    pub require_charset: bool,
    /// Refuse `\u` escapes for Japanese with 400.
    pub reject_escaped_japanese: bool,
    /// Refuse 機種依存文字 in texts that are written.
    pub reject_machine_characters: bool,
    pub reject_unknown_keys: bool,
    pub auth_failure: AuthFailure,
    /// Operations that the key may not use.
    pub disabled: Vec<String>,
    /// `ES04-01` or `ES01-01`.
    pub disabled_code: String,
    /// 503 or 429.
    pub throttle_status: u16,
    /// Least real milliseconds between the starts of two calls; 0 for no limit.
    pub pace_ms: i64,
    /// Least and most real milliseconds from a call to its answer, whatever else is done in them.
    pub latency_ms: [i64; 2],
    /// A fresh order's baskets hold one empty row.
    pub fresh_row: bool,
    /// 300 → 500 as soon as all rows are complete and their dates have come.
    pub shipped_at_once: bool,
    pub compact_dates: bool,
    /// `getOrder` answers `WARNING_101` when a number is unknown.
    pub warn_unknown_order: bool,
    /// 200 or 400 when an asynchronous report does not pass the checks.
    pub async_failure_status: u16,
    /// Least and most simulated milliseconds before an asynchronous report is carried out.
    pub async_delay_ms: [i64; 2],
    pub omitted: Omitted,
    /// A repeated `updateOrderSender` adds its wrapping prices once more.
    pub repeat_reapplies: bool,
    /// 900 in the same moment instead of 800 first.
    pub cancel_at_once: bool,
    /// Simulated time from 800 to 900.
    pub cancel_delay: Span,
    /// Simulated time from 200 to 300.
    pub clear_delay: Span,
    /// 100 → 900 when fourteen days have passed without a confirmation.
    pub auto_cancel: bool,
    /// An increase sends an order to 400.
    pub increase_waits: bool,
    /// An increase does so at 100 too, where nothing was authorised yet.
    pub increase_waits_at_100: bool,
    pub points: Points,
    pub tax_rounding: Rounding,
    /// Leave connections open; the recorded service closes them.
    pub keep_alive: bool,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            require_charset: true,
            reject_escaped_japanese: false,
            reject_machine_characters: false,
            reject_unknown_keys: false,
            auth_failure: AuthFailure::Results,
            disabled: Vec::new(),
            disabled_code: "ES04-01".into(),
            throttle_status: 503,
            pace_ms: 0,
            latency_ms: [0, 0],
            fresh_row: false,
            shipped_at_once: false,
            compact_dates: false,
            warn_unknown_order: false,
            async_failure_status: 200,
            async_delay_ms: [SECOND, 3 * SECOND],
            omitted: Omitted::Keep,
            repeat_reapplies: false,
            cancel_at_once: false,
            cancel_delay: Span(HOUR),
            clear_delay: Span(HOUR),
            auto_cancel: true,
            increase_waits: true,
            increase_waits_at_100: false,
            points: Points::Clamp,
            tax_rounding: Rounding::Down,
            keep_alive: false,
        }
    }
}

/// How a failed authentication looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthFailure {
    /// 401 with `Results`, ES01-01.
    Results,
    /// 401 with `errors`, GA0001.
    Errors,
    /// 200 with `Results`, ES01-01.
    #[serde(rename = "status_200")]
    Status200,
}

/// What leaving out a basket or an item in `updateOrderSender` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Omitted {
    Keep,
    Reject,
    Delete,
}

/// What a reduction below the points used does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Points {
    Clamp,
    Reject,
}

/// A length of time in milliseconds, written `"30s"`, `"24h"` or as a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Span(pub i64);

impl TryFrom<Value> for Span {
    type Error = String;

    fn try_from(value: Value) -> Result<Span, String> {
        super::value::as_text(&value)
            .and_then(|text| parse_duration(&text))
            .map(Span)
            .ok_or_else(|| format!("`{value}` is no length of time such as \"30s\" or \"24h\""))
    }
}

/// What befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Carried out, then the connection is closed without a byte.
    LostReply,
    /// The connection is reset before anything is carried out.
    Reset,
    /// Carried out only after `delay`, whether or not the caller still listens.
    LateCommit,
    /// Carried out at once, answered after `delay`.
    LateReply,
    /// Answered with `status`, carried out or not by `commit`.
    Status,
    /// Carried out; the body stops half-way, or after `bytes`.
    HalfBody,
    /// Carried out; the answer drips, `bytes` at a time with `pause` between.
    Trickle,
    /// 503 or 429 without being carried out.
    Throttle,
    /// 503 with an HTML page.
    Maintenance,
    /// Authentication fails as if the key had expired.
    KeyExpired,
    /// After this write, reads show the old order for `delay` of simulated time.
    StaleReads,
    /// The asynchronous report never has a result; carried out or not by `commit`.
    AsyncNever,
    /// The asynchronous report is carried out after `delay` of simulated time.
    AsyncLate,
    /// A person edits the order: `set` is merged into it before or after the call.
    Person,
    /// `status` (307) with a `Location`.
    Redirect,
    /// Messages come in the reverse order.
    Shuffle,
    /// The last message is left out.
    DropMessage,
    /// 200 with an HTML page, as a proxy's login would be.
    LoginPage,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::LostReply => "lost_reply",
            Kind::Reset => "reset",
            Kind::LateCommit => "late_commit",
            Kind::LateReply => "late_reply",
            Kind::Status => "status",
            Kind::HalfBody => "half_body",
            Kind::Trickle => "trickle",
            Kind::Throttle => "throttle",
            Kind::Maintenance => "maintenance",
            Kind::KeyExpired => "key_expired",
            Kind::StaleReads => "stale_reads",
            Kind::AsyncNever => "async_never",
            Kind::AsyncLate => "async_late",
            Kind::Person => "person",
            Kind::Redirect => "redirect",
            Kind::Shuffle => "shuffle",
            Kind::DropMessage => "drop_message",
            Kind::LoginPage => "login_page",
        }
    }

    /// Kinds that only add to what happens, so that another rule may still meet the same call.
    fn is_companion(self) -> bool {
        matches!(self, Kind::StaleReads | Kind::AsyncNever | Kind::AsyncLate | Kind::Person)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T: PartialEq> OneOrMany<T> {
    fn holds(&self, wanted: &T) -> bool {
        match self {
            OneOrMany::One(one) => one == wanted,
            OneOrMany::Many(many) => many.contains(wanted),
        }
    }
}

/// One rule of the fault file. Every condition that is given must hold; counts are of the calls that meet
/// the other conditions, from 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    op: Option<OneOrMany<String>>,
    order: Option<String>,
    nth: Option<OneOrMany<u64>>,
    from: Option<u64>,
    to: Option<u64>,
    every: Option<u64>,
    probability: Option<Value>,
    /// Simulated time window, API form.
    after: Option<String>,
    before: Option<String>,
    /// Most times the rule strikes.
    times: Option<u64>,
    kind: Option<Kind>,
    /// One of these, picked by the seed.
    #[serde(default)]
    kinds: Vec<Kind>,
    pub delay: Option<Span>,
    pub pause: Option<Span>,
    pub bytes: Option<usize>,
    pub commit: Option<bool>,
    pub status: Option<u16>,
    /// `json`, `html` or `empty`.
    pub body: Option<String>,
    pub location: Option<String>,
    pub retry_after: Option<u64>,
    /// Send the half body with chunked encoding instead of a length.
    #[serde(default)]
    pub chunked: bool,
    pub set: Option<Value>,
    /// `before` or `after` the call; by default after a read and before a write.
    pub when: Option<String>,
    #[serde(skip)]
    met: u64,
    #[serde(skip)]
    struck: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    switches: Switches,
    #[serde(alias = "faults")]
    rules: Vec<Rule>,
}

/// Switches and rules together: all that a `--faults` file can say.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    pub(super) switches: Switches,
    pub(super) rules: Vec<Rule>,
}

/// A call as the rules see it.
pub struct Met<'a> {
    pub op: &'a str,
    pub orders: &'a [String],
    pub now: Moment,
    pub seed: u64,
}

/// A rule that struck, with the kind that was picked.
#[derive(Clone, Debug)]
pub struct Strike {
    pub kind: Kind,
    pub rule: Rule,
}

/// The strikes on one call: at most one main fault, and any number that go along with it.
#[derive(Clone, Debug, Default)]
pub struct Strikes {
    pub main: Option<Strike>,
    pub companions: Vec<Strike>,
}

const WRITES: [&str; 12] = [
    "confirmOrder",
    "updateOrderShipping",
    "updateOrderShippingAsync",
    "updateOrderSubStatus",
    "updateOrderMemo",
    "updateOrderRemarks",
    "updateOrderSender",
    "updateOrderSenderAfterShipping",
    "cancelOrder",
    "cancelOrderAfterShipping",
    "updateOrderOrderer",
    "updateOrderDelivery",
];

pub fn is_write(op: &str) -> bool {
    WRITES.contains(&op)
}

impl Faults {
    /// No faults, and every switch at its default.
    pub fn none() -> Faults {
        Faults::default()
    }

    /// Reads a fault file. The error says what was not understood and where.
    pub fn from_json(text: &str) -> Result<Faults, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file: File = serde_json::from_str(text).map_err(|error| format!("the fault file: {error}"))?;
        for (place, rule) in file.rules.iter().enumerate() {
            rule.check().map_err(|fault| format!("the fault file: rule {}: {fault}", place + 1))?;
        }
        for (name, [least, most]) in
            [("async_delay_ms", file.switches.async_delay_ms), ("latency_ms", file.switches.latency_ms)]
        {
            if least < 0 || most < least {
                return Err(format!("the fault file: `{name}` must be [least, most]"));
            }
        }
        Ok(Faults { switches: file.switches, rules: file.rules })
    }

    /// Which rules strike this call. Counts every rule that the call meets.
    pub fn strike(&mut self, met: &Met<'_>) -> Strikes {
        let mut strikes = Strikes::default();
        for (place, rule) in self.rules.iter_mut().enumerate() {
            if !rule.meets(met) {
                continue;
            }
            rule.met += 1;
            let dice = scramble(met.seed ^ scramble(place as u64 + 1) ^ rule.met.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            if !rule.is_due(dice) {
                continue;
            }
            let kind = rule.pick(dice);
            let companion = kind.is_companion();
            if !companion && strikes.main.is_some() {
                continue;
            }
            rule.struck += 1;
            let strike = Strike { kind, rule: rule.clone() };
            if companion {
                strikes.companions.push(strike);
            } else {
                strikes.main = Some(strike);
            }
        }
        strikes
    }
}

impl Rule {
    fn check(&self) -> Result<(), String> {
        if self.kind.is_none() && self.kinds.is_empty() {
            return Err("needs `kind` or `kinds`".into());
        }
        if self.probability.is_some() && self.chance().is_none() {
            return Err("`probability` must be between 0 and 1 with at most six digits".into());
        }
        for (key, value) in [("after", &self.after), ("before", &self.before)] {
            if value.as_ref().is_some_and(|text| Moment::parse_kindly(text).is_none()) {
                return Err(format!("`{key}` must look like 2026-04-01T09:00:00+0900"));
            }
        }
        if self.body.as_ref().is_some_and(|body| !["json", "html", "empty"].contains(&body.as_str())) {
            return Err("`body` must be json, html or empty".into());
        }
        if self.when.as_ref().is_some_and(|when| !["before", "after"].contains(&when.as_str())) {
            return Err("`when` must be before or after".into());
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("`status` must be an HTTP status from 200 to 599".into());
        }
        Ok(())
    }

    /// The probability in millionths.
    fn chance(&self) -> Option<u64> {
        let value = self.probability.as_ref()?;
        let millionths = as_scaled(value, 6)?;
        (0..=1_000_000).contains(&millionths).then(|| millionths.unsigned_abs())
    }

    fn meets(&self, met: &Met<'_>) -> bool {
        let op = match &self.op {
            None => true,
            Some(ops) => {
                ops.holds(&met.op.to_owned())
                    || ops.holds(&"*".to_owned())
                    || (is_write(met.op) && ops.holds(&"writes".to_owned()))
                    || (!is_write(met.op) && ops.holds(&"reads".to_owned()))
            }
        };
        let window = |text: &Option<String>| text.as_deref().and_then(Moment::parse_kindly);
        // A person's edit names the order to edit, which need not be in the request.
        let names_order =
            self.kind == Some(Kind::Person) || self.order.as_ref().is_none_or(|order| met.orders.contains(order));
        op && names_order
            && window(&self.after).is_none_or(|after| met.now >= after)
            && window(&self.before).is_none_or(|before| met.now < before)
    }

    fn is_due(&self, dice: u64) -> bool {
        self.nth.as_ref().is_none_or(|nth| nth.holds(&self.met))
            && self.from.is_none_or(|from| self.met >= from)
            && self.to.is_none_or(|to| self.met <= to)
            && self.every.is_none_or(|every| self.met.is_multiple_of(every))
            && self.times.is_none_or(|times| self.struck < times)
            && (self.probability.is_none() || self.chance().is_some_and(|chance| dice % 1_000_000 < chance))
    }

    fn pick(&self, dice: u64) -> Kind {
        let place = (scramble(dice) % (self.kinds.len().max(1) as u64)) as usize;
        // `check` made sure that one of the two is there.
        self.kinds.get(place).copied().or(self.kind).unwrap_or(Kind::Reset)
    }

    /// The orders a person's edit is about.
    pub fn edited_order(&self) -> Option<&String> {
        self.order.as_ref()
    }
}

/// One step of splitmix64: spreads a counter over all 64 bits.
pub fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Chance that is the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(scramble(seed))
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = most.saturating_sub(least).max(0).unsigned_abs() + 1;
        least + (self.roll() % width) as i64
    }

    /// Shaped like a version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.roll(), self.roll());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of ten calls to `updateOrderShipping` the rule strikes.
    fn check(rule: &str, expect: &[u64]) {
        let mut faults = Faults::from_json(&format!("{{\"rules\":[{rule}]}}")).unwrap();
        let orders = ["a".to_owned()];
        let now = Moment::parse_bare("2026-04-05T03:00:00").unwrap();
        let met = Met { op: "updateOrderShipping", orders: &orders, now, seed: 1 };
        let struck: Vec<u64> = (1..=10).filter(|_| faults.strike(&met).main.is_some()).collect();
        assert_eq!(struck, expect, "{rule}");
    }

    #[test]
    fn conditions() {
        check(r#"{"kind":"reset","nth":3}"#, &[3]);
        check(r#"{"kind":"reset","nth":[1,4]}"#, &[1, 4]);
        check(r#"{"kind":"reset","from":9}"#, &[9, 10]);
        check(r#"{"kind":"reset","from":2,"to":3,"op":"writes"}"#, &[2, 3]);
        check(r#"{"kind":"reset","every":4}"#, &[4, 8]);
        check(r#"{"kind":"reset","times":2}"#, &[1, 2]);
        check(r#"{"kind":"reset","op":"getOrder"}"#, &[]);
        check(r#"{"kind":"reset","op":["getOrder","updateOrderShipping"],"nth":1}"#, &[1]);
        check(r#"{"kind":"reset","order":"b"}"#, &[]);
        check(r#"{"kind":"reset","after":"2026-04-06T00:00:00+0900"}"#, &[]);
        check(r#"{"kind":"maintenance","before":"2026-04-06T00:00:00+0900","nth":1}"#, &[1]);
        check(r#"{"kind":"reset","probability":0}"#, &[]);
        check(r#"{"kind":"reset","probability":1.0}"#, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn chance_replays_with_its_seed() {
        let strikes = |seed| {
            let mut faults =
                Faults::from_json(r#"{"rules":[{"kinds":["reset","lost_reply"],"probability":0.5}]}"#).unwrap();
            let met = Met { op: "getOrder", orders: &[], now: Moment(0), seed };
            (0..64).map(|_| faults.strike(&met).main.map(|strike| strike.kind.word())).collect::<Vec<_>>()
        };
        assert_eq!(strikes(7), strikes(7));
        assert_ne!(strikes(7), strikes(8));
        let hits = strikes(7).iter().flatten().count();
        assert!((16..48).contains(&hits), "{hits}");
    }

    #[test]
    fn faults_of_the_file_are_named() {
        for (file, part) in [
            (r#"{"rules":[{"nth":1}]}"#, "rule 1: needs `kind`"),
            (r#"{"rules":[{"kind":"flood"}]}"#, "flood"),
            (r#"{"rules":[{"kind":"reset","ntth":1}]}"#, "ntth"),
            (r#"{"switches":{"points":"burn"}}"#, "burn"),
            (r#"{"switches":{"cancel_delay":"soon"}}"#, "soon"),
            (r#"{"rules":[{"kind":"reset","probability":1.5}]}"#, "between 0 and 1"),
        ] {
            let error = Faults::from_json(file).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
