//! The wire itself: headers, bytes, limits, the pace, and the difference between asking (repeated when
//! it fails) and sending (once, whatever happens). It knows how a call is carried, not what it says.
#![allow(clippy::disallowed_methods, reason = "deadlines of a body are measured on the real clock")]

use super::envelope::{self, Raw, Verdict};
use super::pace::Pace;
use super::{ShopError, ShopWrite, licence};
use crate::edge::clock::Clock;
use crate::model::batch::{Heard, Op};
use crate::model::day::{Day, Moment};
use crate::model::message::GatewayRefusal;
use crate::model::words::{Why, asking};
use base64::Engine as _;
use reqwest::blocking::{Client as Http, ClientBuilder, RequestBuilder};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroize;

/// Bounds of one call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To a connection, TLS included.
    pub connect: Duration,
    /// To the first byte of the answer, and between two pieces of it.
    pub quiet: Duration,
    /// For the whole body: against one that drips for ever.
    pub whole: Duration,
    /// Bytes of a body after unpacking: against one that never ends, and against zip bombs.
    pub body_bytes: usize,
    /// How often a question is asked before giving up.
    pub tries: u32,
    /// Before the second try; doubled each time, with up to half of it again by chance.
    pub backoff: Duration,
    /// The longest wait between two tries, whatever the server asks for.
    pub backoff_max: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(15),
            // A full getOrder can take long on a busy night; giving up early on a write costs a settle time.
            quiet: Duration::from_secs(60),
            whole: Duration::from_secs(180),
            // A hundred of the largest orders the manual allows stay well below this.
            body_bytes: 64 * 1024 * 1024,
            tries: 5,
            backoff: Duration::from_secs(2),
            backoff_max: Duration::from_secs(60),
        }
    }
}

/// One shop's connection. Not `Debug`, so that nobody prints a key by accident.
pub struct Client {
    asking: Http,
    sending: Http,
    endpoint: reqwest::Url,
    authorization: HeaderValue,
    key: SecretString,
    pace: Pace,
    pub(super) clock: Arc<dyn Clock>,
    limits: Limits,
    chance: u64,
    calls: u64,
    server_time: Option<Moment>,
    /// Operations this key was let through for in this run.
    passed: BTreeSet<&'static str>,
    pub(super) warnings: Vec<Why>,
}

/// The question asked to find out whether a key is dead or one operation is not ticked: it has no
/// parameters and a short answer.
const PROBE: &str = "getSubStatusList";

impl Client {
    /// `endpoint` is an https URL without a path, or http on a loopback address. `ca_file` holds further PEM certificates
    /// to trust, beside the system's. Proxies of the environment are used, except on loopback.
    pub fn new(
        endpoint: &str,
        secret: SecretString,
        key: SecretString,
        pace: Pace,
        clock: Arc<dyn Clock>,
        ca_file: Option<PathBuf>,
    ) -> Result<Client, Why> {
        Client::with_limits(endpoint, secret, key, pace, clock, ca_file, Limits::default())
    }

    /// The same with other bounds than the usual ones.
    pub fn with_limits(
        endpoint: &str,
        secret: SecretString,
        key: SecretString,
        pace: Pace,
        clock: Arc<dyn Clock>,
        ca_file: Option<PathBuf>,
        limits: Limits,
    ) -> Result<Client, Why> {
        let (endpoint, loopback) = checked(endpoint)?;
        let authorization = authorization(&secret, &key)?;
        let certificates = match &ca_file {
            None => Vec::new(),
            Some(path) => {
                let bad = |detail: String| {
                    asking::CA_FILE_BAD.with([("file", path.display().to_string()), ("detail", detail)])
                };
                let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
                let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| bad(error.to_string()))?;
                if found.is_empty() {
                    return Err(bad("no certificate in it".to_owned()));
                }
                found
            }
        };
        // The provider is one for the whole process; a second client finds it there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |builder: ClientBuilder| {
            let mut builder = builder
                .user_agent(concat!("denpyo/", env!("CARGO_PKG_VERSION")))
                .http1_only()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(limits.connect)
                .timeout(limits.quiet)
                .https_only(!loopback)
                .tls_certs_merge(certificates.iter().cloned());
            if loopback {
                builder = builder.no_proxy();
            }
            builder.build().map_err(|error| asking::CLIENT_BAD.with([("detail", plain(error))]))
        };
        Ok(Client {
            asking: build(Http::builder().gzip(true))?,
            // A kept connection may be closed under a request: a reset that looks as if it had been sent.
            sending: build(Http::builder().no_gzip().pool_max_idle_per_host(0))?,
            endpoint,
            authorization,
            key,
            pace,
            chance: u64::try_from(clock.now().unix()).unwrap_or(1),
            clock,
            limits,
            calls: 0,
            server_time: None,
            passed: BTreeSet::new(),
            warnings: Vec::new(),
        })
    }

    /// The chance in the waits between tries, so that a test can be run again.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Client {
        self.chance = seed;
        self
    }

    pub fn calls_made(&self) -> u64 {
        self.calls
    }

    pub fn server_time(&self) -> Option<Moment> {
        self.server_time
    }

    /// Asks an order operation and repeats it while that may help.
    pub(super) fn ask(&mut self, op: &'static str, body: &Value) -> Result<Value, ShopError> {
        match self.ask_patiently(op, Some(body)) {
            Err(Stopped::Gate(refusal)) => Err(self.place_blame(op, refusal)),
            Err(Stopped::Error(error)) => Err(error),
            Ok(value) => Ok(value),
        }
    }

    /// Asks when the key runs out.
    pub(super) fn ask_expiry(&mut self) -> Result<Moment, ShopError> {
        let body = match self.ask_patiently(licence::OP, None) {
            Err(Stopped::Gate(refusal)) => return Err(self.place_blame(licence::OP, refusal)),
            Err(Stopped::Error(error)) => return Err(error),
            Ok(body) => body,
        };
        licence::expiry(&body)
            .ok_or_else(|| ShopError::Garbled { op: licence::OP, detail: "no expiryDate in it".to_owned() })
    }

    /// A refusal names no culprit. If another operation passes with this key, it is this operation's right that lacks.
    fn place_blame(&mut self, op: &'static str, refusal: GatewayRefusal) -> ShopError {
        let GatewayRefusal { code, message } = refusal;
        let other_passes = !self.passed.contains(op)
            && op != PROBE
            && self.ask_patiently(PROBE, Some(&Value::Object(serde_json::Map::new()))).is_ok();
        // The probe itself may be what is not ticked; then an operation that passed a moment ago must do.
        let passed_before = !self.passed.contains(op) && refused_by_right(&code) && !self.passed.is_empty();
        if other_passes || passed_before {
            ShopError::NotPermitted { op, code, message }
        } else {
            ShopError::KeyRefused { code, message }
        }
    }

    fn ask_patiently(&mut self, op: &'static str, body: Option<&Value>) -> Result<Value, Stopped> {
        let mut wait = self.limits.backoff;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (error, asked_to_wait) = match self.ask_once(op, body) {
                Ok(raw) => match envelope::judge(op, &raw) {
                    Verdict::Good(value) => {
                        self.passed.insert(op);
                        return Ok(value);
                    }
                    Verdict::Gate(refusal) => return Err(Stopped::Gate(refusal)),
                    Verdict::Final(error) => {
                        if matches!(error, ShopError::Refused { .. }) {
                            self.passed.insert(op);
                        }
                        return Err(Stopped::Error(error));
                    }
                    Verdict::Again(error) => (error, raw.retry_after),
                },
                Err(lost) => (ShopError::Unreachable(lost.into_text()), None),
            };
            if attempt >= self.limits.tries {
                return Err(Stopped::Error(error));
            }
            let pause = asked_to_wait.unwrap_or_default().max(wait + self.up_to(wait / 2)).min(self.limits.backoff_max);
            tracing::debug!(op, attempt, pause_ms = pause.as_millis(), code = error.why().code(), "asking again");
            self.clock.sleep(pause);
            wait = wait.saturating_mul(2);
        }
    }

    fn ask_once(&mut self, op: &'static str, body: Option<&Value>) -> Result<Raw, Lost> {
        let request = match body {
            Some(body) => self.asking.post(self.url(op)).body(body.to_string()),
            None => {
                let mut url = self.endpoint.clone();
                url.set_path(licence::PATH);
                url.query_pairs_mut().append_pair("licenseKey", self.key.expose_secret());
                self.asking.get(url)
            }
        };
        self.carry(op, request)
    }

    fn url(&self, op: &str) -> reqwest::Url {
        let mut url = self.endpoint.clone();
        url.set_path(&format!("/es/2.0/order/{op}/"));
        url
    }

    /// One request, one answer, within the limits.
    fn carry(&mut self, op: &str, request: RequestBuilder) -> Result<Raw, Lost> {
        self.pace.wait(self.clock.as_ref());
        self.calls += 1;
        let answer = request
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))
            .send()
            .map_err(|error| {
                // Anything that fails before there is a connection has not left; all else may have arrived.
                if error.is_connect() { Lost::NotSent(plain(error)) } else { Lost::Silence(plain(error)) }
            })?;
        let headers = answer.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        if let Some(time) = server_time(headers) {
            self.server_time = Some(time);
        }
        let (status, call) = (answer.status().as_u16(), Some(text("requestid")).filter(|id| !id.is_empty()));
        let retry_after = text("retry-after").parse().ok().map(Duration::from_secs);
        let content_type = text("content-type");
        let body = self.whole(answer)?;
        tracing::debug!(op, status, call, bytes = body.len(), "answered");
        Ok(Raw { status, content_type, body, retry_after, call })
    }

    fn whole(&self, mut answer: reqwest::blocking::Response) -> Result<Vec<u8>, Lost> {
        let started = Instant::now();
        let mut body = Vec::new();
        let mut piece = [0_u8; 16 * 1024];
        loop {
            match answer.read(&mut piece) {
                Ok(0) => return Ok(body),
                Ok(count) => body.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Lost::Silence("the answer broke off".to_owned())),
            }
            if body.len() > self.limits.body_bytes {
                return Err(Lost::Silence(format!("the answer is longer than {} bytes", self.limits.body_bytes)));
            }
            if started.elapsed() > self.limits.whole {
                return Err(Lost::Silence("the answer took too long".to_owned()));
            }
        }
    }

    /// A span between nothing and `most`, in milliseconds drawn from the seed (splitmix64).
    fn up_to(&mut self, most: Duration) -> Duration {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        Duration::from_millis(mixed % (u64::try_from(most.as_millis()).unwrap_or(u64::MAX - 1) + 1))
    }
}

impl ShopWrite for Client {
    fn write(&mut self, op: Op, body: &Value) -> Heard {
        let request = self.sending.post(self.url(op.path())).body(body.to_string());
        match self.carry(op.path(), request) {
            Ok(Raw { status, body, call, .. }) => {
                Heard::Reply { status, body: serde_json::from_slice(&body).ok(), call }
            }
            Err(Lost::NotSent(detail)) => Heard::NotSent(detail),
            Err(Lost::Silence(detail)) => Heard::Silence(detail),
        }
    }
}

enum Stopped {
    Gate(GatewayRefusal),
    Error(ShopError),
}

/// No answer.
enum Lost {
    NotSent(String),
    Silence(String),
}

impl Lost {
    fn into_text(self) -> String {
        match self {
            Lost::NotSent(detail) | Lost::Silence(detail) => detail,
        }
    }
}

fn refused_by_right(code: &str) -> bool {
    code == "ES04-01"
}

/// The innermost reason without the URL, which may hold the key.
fn plain(error: reqwest::Error) -> String {
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(inner) = deepest.source() {
        deepest = inner;
    }
    if timed_out { "time-out".to_owned() } else { deepest.to_string() }
}

/// The endpoint as a URL, and whether it is this machine.
fn checked(endpoint: &str) -> Result<(reqwest::Url, bool), Why> {
    let bad = || asking::ENDPOINT_BAD.with([("endpoint", endpoint.to_owned())]);
    let url = reqwest::Url::parse(endpoint).map_err(|_| bad())?;
    let host = url.host_str().ok_or_else(bad)?.trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    if bare && safe { Ok((url, loopback)) } else { Err(bad()) }
}

/// `ESA base64(secret:key)`, marked so that nothing prints it.
fn authorization(secret: &SecretString, key: &SecretString) -> Result<HeaderValue, Why> {
    let fits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits(secret.expose_secret()) || !fits(key.expose_secret()) || secret.expose_secret().contains(':') {
        return Err(asking::SECRET_BAD.plain());
    }
    let mut pair = format!("{}:{}", secret.expose_secret(), key.expose_secret());
    let mut line = format!("ESA {}", base64::engine::general_purpose::STANDARD.encode(&pair));
    let value = HeaderValue::from_str(&line).map_err(|_| asking::SECRET_BAD.plain());
    pair.zeroize();
    line.zeroize();
    let mut value = value?;
    value.set_sensitive(true);
    Ok(value)
}

/// The mall's own `Timestamp` (UTC, no zone), else the ordinary `Date`.
fn server_time(headers: &HeaderMap) -> Option<Moment> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let utc = text("timestamp")
        .and_then(|stamp| Moment::from_api(stamp.trim_end_matches('Z')))
        .or_else(|| http_date(text("date")?))?;
    // Read as if it were Japan's time so far.
    Some(utc.plus_seconds(9 * 3600))
}

/// `Tue, 24 Nov 2026 13:24:55 GMT`, as if it were a time in Japan.
fn http_date(text: &str) -> Option<Moment> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.strip_suffix(" GMT")?.split(' ');
    let day = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = i8::try_from(MONTHS.iter().position(|month| *month == name)? + 1).ok()?;
    let day = Day::new(words.next()?.parse().ok()?, month, day)?;
    Moment::from_api(&format!("{day}T{}", words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(endpoint: &str, expect: Option<bool>) {
        assert_eq!(checked(endpoint).ok().map(|(_, loopback)| loopback), expect, "{endpoint}");
    }

    #[test]
    fn only_https_or_this_machine() {
        check("https://api.rms.rakuten.co.jp", Some(false));
        check("https://api.rms.rakuten.co.jp/", Some(false));
        check("http://127.0.0.1:18080", Some(true));
        check("http://[::1]:18080", Some(true));
        check("http://localhost:18080", Some(true));
        check("http://api.rms.rakuten.co.jp", None);
        check("http://127.0.0.1.example.com", None);
        check("http://192.168.0.1", None);
        check("https://user:pass@api.rms.rakuten.co.jp", None);
        check("https://api.rms.rakuten.co.jp/?x=1", None);
        check("ftp://127.0.0.1", None);
        check("", None);
    }

    #[test]
    fn the_header_is_exact_and_hidden() {
        let header = authorization(&"SP000000_dummy".into(), &"SL000000_dummy".into()).unwrap();
        assert_eq!(header.as_bytes(), b"ESA U1AwMDAwMDBfZHVtbXk6U0wwMDAwMDBfZHVtbXk=");
        assert_eq!(format!("{header:?}"), "Sensitive");
        for (secret, key) in [("", "k"), ("s", ""), ("s\n", "k"), ("a:b", "k"), ("s", "鍵")] {
            assert!(authorization(&secret.into(), &key.into()).is_err());
        }
    }

    #[test]
    fn server_times_are_japans() {
        let time = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            server_time(&headers).map(Moment::to_api)
        };
        assert_eq!(time("timestamp", "2026-11-24T15:30:00").as_deref(), Some("2026-11-25T00:30:00+0900"));
        assert_eq!(time("date", "Tue, 24 Nov 2026 13:24:55 GMT").as_deref(), Some("2026-11-24T22:24:55+0900"));
        assert_eq!(time("date", "soon"), None);
    }
}
