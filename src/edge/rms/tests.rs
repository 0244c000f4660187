//! The client against a bare socket on loopback that records what it hears and says what it is told:
//! bytes as they are, no HTTP library in between that could be kind.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use super::*;
use crate::edge::clock::{Clock, ManualClock};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the socket does with one connection after reading the request.
#[derive(Clone)]
enum Act {
    Say(Vec<u8>),
    /// Says this and then closes in the middle of what was promised.
    Cut(Vec<u8>),
    /// A byte at a time with a pause between.
    Drip(Vec<u8>, Duration),
    /// Says this and keeps the connection open for a while.
    Linger(Vec<u8>, Duration),
    /// Closes without a word.
    Hang(Duration),
}

fn say(status: &str, body: &str) -> Act {
    Act::Say(
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\nRequestId: call-1\r\nTimestamp: 2026-04-01T00:00:00\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

fn page(status: &str, body: &str) -> Act {
    Act::Say(
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

struct Peer {
    endpoint: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Does one act a connection, the last one for all that follow.
    fn new(acts: Vec<Act>) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        std::thread::spawn(move || {
            for (place, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let Some(request) = request(&mut stream) else { continue };
                notes.lock().unwrap().push(request);
                let act = acts[place.min(acts.len() - 1)].clone();
                std::thread::spawn(move || perform(&mut stream, act));
            }
        });
        Peer { endpoint, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn client(&self) -> (Client, Arc<ManualClock>) {
        client(&self.endpoint, Duration::from_secs(1))
    }
}

fn perform(stream: &mut TcpStream, act: Act) {
    // The other side may have gone away, which is part of some tests.
    match act {
        Act::Say(bytes) | Act::Cut(bytes) => {
            let _ = stream.write_all(&bytes);
        }
        Act::Linger(bytes, pause) => {
            let _ = stream.write_all(&bytes);
            std::thread::sleep(pause);
        }
        Act::Drip(bytes, pause) => {
            for byte in bytes {
                if stream.write_all(&[byte]).is_err() {
                    break;
                }
                std::thread::sleep(pause);
            }
        }
        Act::Hang(pause) => std::thread::sleep(pause),
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
    }
}

fn client(endpoint: &str, pace: Duration) -> (Client, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Moment::from_api("2026-04-01T09:00:00+0900").unwrap()));
    let limits = Limits {
        connect: Duration::from_secs(2),
        quiet: Duration::from_millis(400),
        whole: Duration::from_millis(600),
        body_bytes: 200_000,
        ..Limits::default()
    };
    let (secret, key) = ("SP000000_dummy".into(), "SL000000_dummy".into());
    let client = Client::with_limits(endpoint, secret, key, Pace::new(pace), clock.clone(), None, limits).unwrap();
    (client.seeded(7), clock)
}

fn number(serial: u32) -> OrderNumber {
    OrderNumber::parse(&format!("555001-20260401-{serial:010}")).unwrap()
}

fn everything() -> Search {
    Search {
        by: DateType::Ordered,
        from: Moment::from_api("2026-03-01T00:00:00+0900").unwrap(),
        to: Moment::from_api("2026-03-31T23:59:59+0900").unwrap(),
        progress: vec![300],
        sub_statuses: Vec::new(),
    }
}

fn found(serials: &[u32], total: u32, pages: u32) -> Act {
    let numbers: Vec<String> = serials.iter().map(|serial| number(*serial).to_string()).collect();
    let body = json!({ "orderNumberList": numbers, "MessageModelList": [{ "messageType": "INFO",
        "messageCode": "ORDER_EXT_API_SEARCH_ORDER_INFO_101", "message": "x" }],
        "PaginationResponseModel": { "totalRecordsAmount": total, "totalPages": pages, "requestPage": 1 } });
    say("200 OK", &body.to_string())
}

const GOOD: &str = r#"{"MessageModelList":[{"messageType":"INFO","messageCode":"ORDER_EXT_API_UPDATE_ORDERMEMO_INFO_101","message":"済"}]}"#;
const REFUSED_KEY: &str = r#"{"Results":{"errorCode":"ES01-01","message":"Un-Authorised"}}"#;

#[test]
fn a_write_goes_out_exactly_so() {
    let peer = Peer::new(vec![say("200 OK", GOOD)]);
    let (mut client, _) = peer.client();
    let heard = client.write(Op::UpdateOrderMemo, &json!({ "orderNumber": "x", "memo": "入荷待ち" }));
    assert_eq!(
        heard,
        Heard::Reply { status: 200, body: serde_json::from_str(GOOD).ok(), call: Some("call-1".to_owned()) }
    );
    let request = peer.heard().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /es/2.0/order/updateOrderMemo/ HTTP/1.1"));
    let mut headers: Vec<String> = lines.map(str::to_lowercase).collect();
    headers.retain(|line| !line.starts_with("host:"));
    headers.sort();
    assert_eq!(
        headers,
        [
            "accept: */*",
            "authorization: esa u1awmdawmdbfzhvtbxk6u0wwmdawmdbfzhvtbxk=",
            "content-length: 41",
            "content-type: application/json; charset=utf-8",
            concat!("user-agent: denpyo/", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert!(head.contains("ESA U1AwMDAwMDBfZHVtbXk6U0wwMDAwMDBfZHVtbXk="));
    assert_eq!(body, r#"{"orderNumber":"x","memo":"入荷待ち"}"#);
    assert_eq!(client.server_time().unwrap().to_api(), "2026-04-01T09:00:00+0900");
}

/// One act for a write; what was heard, and that it was told once.
fn check(act: Act, expect: &str) {
    let peer = Peer::new(vec![act]);
    let (mut client, _) = peer.client();
    let heard = match client.write(Op::UpdateOrderMemo, &json!({})) {
        Heard::Reply { status, body, .. } => format!("{status} {}", body.map_or("-", |_| "json")),
        Heard::NotSent(_) => "not sent".to_owned(),
        Heard::Silence(detail) => {
            assert!(!detail.contains("http"), "no URL in `{detail}`");
            "silence".to_owned()
        }
    };
    assert_eq!(heard, expect);
    assert_eq!(peer.heard().len(), 1, "a write is never repeated");
    assert_eq!(client.calls_made(), 1);
}

#[test]
fn whatever_happens_to_a_write_it_goes_once() {
    check(say("500 Internal Server Error", ""), "500 -");
    check(page("503 Service Unavailable", "<html>"), "503 -");
    check(say("429 Too Many Requests", "{}"), "429 json");
    check(Act::Hang(Duration::ZERO), "silence");
    check(Act::Hang(Duration::from_millis(900)), "silence");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    check(
        Act::Cut(format!("{head}Content-Length: {}\r\n\r\n{}", GOOD.len(), GOOD.get(..40).unwrap()).into_bytes()),
        "silence",
    );
    // Without a length a cut body looks complete, and only the JSON tells.
    check(Act::Cut(format!("{head}Connection: close\r\n\r\n{}", GOOD.get(..40).unwrap()).into_bytes()), "200 -");
    check(Act::Cut(format!("{head}Connection: close\r\n\r\n{GOOD}").into_bytes()), "200 json");
    check(Act::Cut(format!("{head}Content-Length: {}\r\n\r\n{GOOD}", GOOD.len() + 1).into_bytes()), "silence");
    check(Act::Cut(format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"Mes").into_bytes()), "silence");
    check(
        Act::Drip(format!("{head}Connection: close\r\n\r\n{GOOD}").into_bytes(), Duration::from_millis(20)),
        "silence",
    );
    check(say("200 OK", &"x".repeat(300_000)), "silence");
}

#[test]
fn redirects_are_not_followed() {
    let trap = Peer::new(vec![say("200 OK", GOOD)]);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let act = Act::Say(
            format!(
                "HTTP/1.1 {status}\r\nLocation: {}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                trap.endpoint
            )
            .into_bytes(),
        );
        check(act.clone(), &format!("{} -", status.get(..3).unwrap()));
        let (mut client, _) = Peer::new(vec![act]).client();
        assert!(matches!(client.sub_statuses(), Err(ShopError::Unreachable(_))));
    }
    assert!(trap.heard().is_empty());
}

#[test]
fn a_refused_connection_was_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let (mut client, clock) = client(&endpoint, Duration::ZERO);
    assert!(matches!(client.write(Op::ConfirmOrder, &json!({})), Heard::NotSent(_)));
    assert!(matches!(client.sub_statuses(), Err(ShopError::Unreachable(_))));
    assert_eq!(client.calls_made(), 6, "one write, five tries of a read");
    assert!(clock.ticks() >= Duration::from_secs(2 + 4 + 8 + 16));
}

#[test]
fn reads_are_repeated_and_spaced_and_writes_share_the_gate() {
    let nothing = r#"{"MessageModelList":[],"StatusModelList":[]}"#;
    let peer = Peer::new(vec![
        say("503 Service Unavailable", ""),
        say("500 Internal Server Error", ""),
        Act::Hang(Duration::ZERO),
        say("200 OK", nothing),
        say("200 OK", GOOD),
        say("200 OK", nothing),
    ]);
    let (mut client, clock) = peer.client();
    assert_eq!(client.sub_statuses(), Ok(Vec::new()));
    assert_eq!(client.calls_made(), 4);
    let before = clock.ticks();
    assert!(before >= Duration::from_secs(14) && before <= Duration::from_secs(21), "{before:?}");
    client.write(Op::UpdateOrderMemo, &json!({}));
    client.sub_statuses().unwrap();
    assert_eq!(clock.ticks() - before, Duration::from_secs(2), "a second from start to start");
}

#[test]
fn trouble_has_its_name() {
    let name = |acts: Vec<Act>| {
        let peer = Peer::new(acts);
        let (mut client, _) = peer.client();
        let error = client.orders(&[number(1)], &mut |_| {}).unwrap_err();
        assert!(!error.to_string().contains("dummy"));
        (error.why().code(), peer.heard().len())
    };
    assert_eq!(name(vec![page("503 Service Unavailable", "<html>maintenance")]), ("rms-maintenance", 1));
    assert_eq!(name(vec![page("503 Service Unavailable", "<html>busy")]), ("rms-maintenance", 5));
    assert_eq!(name(vec![say("503 Service Unavailable", "")]), ("rms-throttled", 5));
    assert_eq!(name(vec![say("429 Too Many Requests", "")]), ("rms-throttled", 5));
    assert_eq!(name(vec![page("200 OK", "<html>please log in")]), ("rms-garbled", 5));
    // The probe is refused as well: the key is dead.
    assert_eq!(name(vec![say("401 Unauthorized", REFUSED_KEY)]), ("key-refused", 2));
    // The probe passes: only this operation is closed.
    let nothing = r#"{"MessageModelList":[],"StatusModelList":[]}"#;
    assert_eq!(name(vec![say("401 Unauthorized", REFUSED_KEY), say("200 OK", nothing)]), ("not-permitted", 2));
}

#[test]
fn a_zip_bomb_ends_at_the_bound() {
    let peer = Peer::new(vec![Act::Say(bomb())]);
    let (mut client, _) = peer.client();
    match client.sub_statuses() {
        Err(ShopError::Unreachable(detail)) => assert_eq!(detail, "the answer is longer than 200000 bytes"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_write_never_travels_on_a_connection_used_before() {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{GOOD}", GOOD.len()).into_bytes();
    let peer = Peer::new(vec![Act::Linger(answer, Duration::from_millis(800))]);
    let (mut client, _) = peer.client();
    for _ in 0..3 {
        assert!(matches!(client.write(Op::UpdateOrderMemo, &json!({})), Heard::Reply { status: 200, .. }));
    }
    assert_eq!(peer.heard().len(), 3, "the peer reads one request a connection");
}

#[test]
fn a_failed_handshake_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A page where TLS was expected, as a hotel's login would send it.
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (mut client, _) = client(&endpoint, Duration::ZERO);
    let heard = client.write(Op::ConfirmOrder, &json!({}));
    assert!(matches!(heard, Heard::NotSent(_)), "{heard:?}");
}

#[test]
fn proxies_of_the_environment_are_passed_by_on_this_machine() {
    // The environment belongs to the whole process, so another test is run in a process of its own. Nothing listens on port 1.
    let done = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "edge::rms::tests::a_write_goes_out_exactly_so"])
        .envs([
            ("HTTP_PROXY", "http://127.0.0.1:1"),
            ("http_proxy", "http://127.0.0.1:1"),
            ("ALL_PROXY", "http://127.0.0.1:1"),
        ])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_certificate_file_must_hold_certificates() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let clock = Arc::new(ManualClock::at(Moment::from_unix(0)));
    for path in [file.path().to_owned(), file.path().with_extension("gone")] {
        let made = Client::new(
            "https://127.0.0.1",
            "s".into(),
            "k".into(),
            Pace::new(Duration::ZERO),
            clock.clone(),
            Some(path),
        );
        assert_eq!(made.err().map(|why| why.code()), Some("ca-file-bad"));
    }
}

/// A gzip body of about 1 kB that unpacks to a megabyte of blanks, made by hand: stored blocks would not be small,
/// so one deflate block of a literal and long matches is written out bit by bit.
fn bomb() -> Vec<u8> {
    let (mut bits, mut place) = (Vec::<u8>::new(), 0);
    let mut put = |value: u32, count: u32| {
        for bit in 0..count {
            if place % 8 == 0 {
                bits.push(0);
            }
            *bits.last_mut().unwrap() |= u8::try_from((value >> bit) & 1).unwrap() << (place % 8);
            place += 1;
        }
    };
    put(1, 1);
    put(1, 2);
    // Fixed Huffman codes go most significant bit first: the literal blank is 0x30 + 32.
    let code = u32::from((0x30_u8 + 32).reverse_bits());
    put(code, 8);
    for _ in 0..4096 {
        // Length 258 is code 285 (8 bits, 0xc5), distance 1 is code 0 (5 bits).
        put(u32::from(0xc5_u8.reverse_bits()), 8);
        put(0, 5);
    }
    put(0, 7);
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    body.extend(bits);
    // Checksum and length of what it unpacks to; never reached if the limit holds.
    body.extend([0; 8]);
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend(body);
    answer
}

#[test]
fn a_drip_ends_at_the_bound() {
    let started = Instant::now();
    let endless = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", " ".repeat(5_000)).into_bytes();
    let peer = Peer::new(vec![Act::Drip(endless, Duration::from_millis(50))]);
    let (mut client, _) = peer.client();
    assert!(matches!(client.write(Op::ConfirmOrder, &json!({})), Heard::Silence(_)));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_search_turns_all_pages_and_doubles_nothing() {
    let first: Vec<u32> = (1..=1000).collect();
    // Two orders came in between: the last of page one is the first of page two.
    let peer = Peer::new(vec![found(&first, 1001, 2), found(&[1000, 1001], 1001, 2)]);
    let (mut client, _) = peer.client();
    let numbers = client.search(&everything()).unwrap();
    assert_eq!(numbers.len(), 1001);
    assert_eq!(numbers[1000], number(1001));
    let bodies: Vec<Value> =
        peer.heard().iter().map(|text| serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()).collect();
    assert_eq!(
        bodies[0],
        json!({ "dateType": 1, "startDatetime": "2026-03-01T00:00:00+0900", "endDatetime": "2026-03-31T23:59:59+0900",
        "orderProgressList": [300], "PaginationRequestModel": { "requestRecordsAmount": 1000, "requestPage": 1,
        "SortModelList": [{ "sortColumn": 1, "sortDirection": 1 }] } })
    );
    assert_eq!(bodies[1]["PaginationRequestModel"]["requestPage"], 2);
    assert_eq!(bodies.len(), 2);
}

#[test]
fn a_search_walks_again_when_orders_move_between_pages() {
    let first: Vec<u32> = (1..=1000).collect();
    let without_one: Vec<u32> = (2..=1001).collect();
    // Order 1 leaves after page one was read: 1001 moves to page one and would be missed.
    let peer = Peer::new(vec![
        found(&first, 1002, 2),
        found(&[1002], 1001, 2),
        found(&without_one, 1001, 2),
        found(&[1002], 1001, 2),
    ]);
    let (mut client, _) = peer.client();
    let numbers = client.search(&everything()).unwrap();
    assert_eq!(numbers.len(), 1002);
    assert!(numbers.contains(&number(1001)));
}

#[test]
fn a_search_halves_a_span_that_holds_too_much_and_minds_nulls() {
    let none = say(
        "200 OK",
        r#"{"orderNumberList":[],"MessageModelList":[{"messageType":"INFO","messageCode":"ORDER_EXT_API_SEARCH_ORDER_INFO_102","message":"x"}],
        "PaginationResponseModel":{"totalRecordsAmount":null,"totalPages":null,"requestPage":null}}"#,
    );
    let peer = Peer::new(vec![found(&[1], 15_001, 16), found(&[1], 1, 1), none]);
    let (mut client, _) = peer.client();
    assert_eq!(client.search(&everything()).unwrap(), [number(1)]);
    assert_eq!(peer.heard().len(), 3);
}

#[test]
fn a_long_search_is_cut_to_spans_the_mall_takes() {
    let none = say("200 OK", r#"{"orderNumberList":null,"MessageModelList":[],"PaginationResponseModel":null}"#);
    let peer = Peer::new(vec![none]);
    let (mut client, _) = peer.client();
    let wanted = Search { from: Moment::from_api("2020-01-01T00:00:00+0900").unwrap(), ..everything() };
    assert_eq!(client.search(&wanted).unwrap(), []);
    let spans: Vec<(Moment, Moment)> = peer
        .heard()
        .iter()
        .map(|text| {
            let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
            let moment = |key: &str| Moment::from_api(body[key].as_str().unwrap()).unwrap();
            (moment("startDatetime"), moment("endDatetime"))
        })
        .collect();
    assert_eq!(spans.len(), 12);
    let now = Moment::from_api("2026-04-01T09:00:00+0900").unwrap();
    assert!(now.seconds_since(spans[0].0) < 730 * 86_400);
    assert!(spans.iter().all(|(from, to)| to.seconds_since(*from) < 63 * 86_400));
    assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0), "no gap");
    assert_eq!(spans[11].1, wanted.to);
}

fn orders_answer(serials: &[u32]) -> Act {
    let models: Vec<Value> =
        serials.iter().map(|serial| json!({ "orderNumber": number(*serial).as_str(), "orderProgress": 300 })).collect();
    let text = format!("受注情報取得に成功しました。(取得件数{}件)", models.len());
    say("200 OK", &json!({ "MessageModelList": [{ "messageType": "INFO", "messageCode": "ORDER_EXT_API_GET_ORDER_INFO_101", "message": text }],
        "OrderModelList": models, "version": 10 }).to_string())
}

#[test]
fn orders_are_asked_for_in_full_calls_each_once() {
    let all: Vec<u32> = (1..=150).collect();
    let peer = Peer::new(vec![orders_answer(&all[..100]), orders_answer(&all[100..149])]);
    let (mut client, _) = peer.client();
    let mut wanted: Vec<OrderNumber> = all.iter().map(|serial| number(*serial)).collect();
    wanted.push(number(3));
    wanted.push(OrderNumber::parse("555001-20230101-0000000001").unwrap());
    let looked = client.orders(&wanted, &mut |_| {}).unwrap();
    assert_eq!(looked.orders.len(), 149);
    assert_eq!(looked.missing.len(), 2);
    assert_eq!(looked.warnings.iter().map(Why::code).collect::<Vec<_>>(), ["order-too-old"]);
    let request = peer.heard().remove(0);
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["version"], 10);
    assert_eq!(body["orderNumberList"].as_array().unwrap().len(), 100);
    assert!(body["orderNumberList"].to_string().len() <= 4096);
    assert!(request.to_lowercase().contains("accept-encoding: gzip"));
}

#[test]
fn a_short_answer_is_asked_again_once() {
    let short = say(
        "200 OK",
        &json!({ "MessageModelList": [{ "messageType": "INFO", "messageCode": "ORDER_EXT_API_GET_ORDER_INFO_101",
            "message": "受注情報取得に成功しました。(取得件数3件)" }],
            "OrderModelList": [{ "orderNumber": number(2).as_str(), "orderProgress": 300 }] })
        .to_string(),
    );
    let peer = Peer::new(vec![short, orders_answer(&[1])]);
    let (mut client, _) = peer.client();
    let looked = client.orders(&[number(1), number(2), number(3)], &mut |_| {}).unwrap();
    assert_eq!(looked.orders.keys().cloned().collect::<Vec<_>>(), [number(1), number(2)]);
    assert_eq!(looked.missing.into_iter().collect::<Vec<_>>(), [number(3)]);
    assert_eq!(peer.heard().len(), 2);
}

#[test]
fn a_number_rms_will_not_hear_of_does_not_hide_the_others() {
    let no = say(
        "400 Bad Request",
        r#"{"MessageModelList":[{"messageType":"ERROR","messageCode":"ORDER_EXT_API_GET_ORDER_ERROR_SIM_X","message":"x"}],"OrderModelList":null}"#,
    );
    // 1-4 refused; 1-2 fine; 3-4 refused; 3 fine; 4 refused.
    let peer = Peer::new(vec![no.clone(), orders_answer(&[1, 2]), no.clone(), orders_answer(&[3]), no.clone()]);
    let (mut client, _) = peer.client();
    let looked = client.orders(&[number(1), number(2), number(3), number(4)], &mut |_| {}).unwrap();
    assert_eq!(looked.orders.len(), 3);
    assert_eq!(looked.missing.into_iter().collect::<Vec<_>>(), [number(4)]);
    // Refused whatever is asked: an error, after few calls.
    let peer = Peer::new(vec![no]);
    let (mut client, _) = peer.client();
    let many: Vec<OrderNumber> = (0..100).map(number).collect();
    assert!(matches!(client.orders(&many, &mut |_| {}), Err(ShopError::Refused { .. })));
    assert!(peer.heard().len() <= 10, "{}", peer.heard().len());
}

#[test]
fn the_key_goes_in_the_query_of_the_licence_call_and_nowhere_else() {
    let peer = Peer::new(vec![say("200 OK", r#"{"expiryDate":"2026-11-28T23:59:59"}"#)]);
    let (mut client, _) = peer.client();
    assert_eq!(client.key_expiry().unwrap().to_api(), "2026-11-28T23:59:59+0900");
    let request = peer.heard().remove(0);
    assert!(
        request.starts_with(
            "GET /es/1.0/license-management/license-key/expiry-date?licenseKey=SL000000_dummy HTTP/1.1\r\n"
        )
    );
    let (mut client, _) = Peer::new(vec![Act::Hang(Duration::ZERO)]).client();
    assert!(!format!("{:?}", client.key_expiry()).contains("SL000000"));
}

#[test]
fn payments_and_results_are_taken_apart() {
    let order = number(1);
    let body =
        json!({ "MessageModelList": [], "OrderModel": { "orderNumber": order.as_str(), "PaymentModelList": [] } });
    let (mut client, _) = Peer::new(vec![say("200 OK", &body.to_string())]).client();
    assert_eq!(client.payment(&order).unwrap()["PaymentModelList"], json!([]));
    assert!(matches!(client.payment(&number(2)), Err(ShopError::Garbled { .. })));
    let body = json!({ "ResultShippingModelList": [{ "orderNumber": order.as_str(), "MessageModelList": [{ "messageType": "INFO",
        "messageCode": "ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_101", "message": "x", "dataNumber": 1, "shippingDetailId": 7 }] }] });
    let peer = Peer::new(vec![say("200 OK", &body.to_string())]);
    let (mut client, _) = peer.client();
    let AsyncResult::Done(orders) = client.shipping_result(&RequestId("r_1".to_owned())).unwrap() else {
        panic!("not pending")
    };
    assert_eq!((orders[0].order.as_deref(), orders[0].messages[0].row), (Some(order.as_str()), Some(7)));
    assert!(peer.heard()[0].ends_with(r#"{"requestId":"r_1"}"#));
}

fn check_words(error: ShopError, code: &str) {
    assert_eq!(error.why().code(), code);
    assert!(!error.to_string().contains('?'), "{error}");
    assert!(!error.why().text(Lang::Ja).contains('?'), "{error}");
}

#[test]
fn every_error_has_its_words_and_fills_them() {
    let (code, message) = ("ES01-01".to_owned(), "Un-Authorised".to_owned());
    check_words(ShopError::Maintenance, "rms-maintenance");
    check_words(ShopError::Throttled, "rms-throttled");
    check_words(ShopError::KeyRefused { code: code.clone(), message: message.clone() }, "key-refused");
    check_words(
        ShopError::NotPermitted { op: "getOrder", code: code.clone(), message: message.clone() },
        "not-permitted",
    );
    check_words(ShopError::Unreachable("time-out".to_owned()), "rms-unreachable");
    check_words(ShopError::Garbled { op: "getOrder", detail: "html".to_owned() }, "rms-garbled");
    check_words(ShopError::Refused { op: "getOrder", code, message }, "rms-refused-asking");
}
