//! A caller that nobody at the simulator knows: HTTP by hand over a plain socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use denpyo::sim::{Config, Faults, Running, Shop, start};
use serde_json::{Value, json};

pub const SECRET: &str = "SP555001_secret";
pub const KEY: &str = "SL555001_key";
pub const NUMBER: &str = "555001-20260401-0000000101";

/// What came back, as far as it came.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// Sends raw bytes and reads until the other side closes. `Err` when nothing at all, or a reset, came back.
pub fn exchange(to: SocketAddr, request: &[u8], patience: Duration) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 65_536];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
            Err(error) => return Err(error),
        }
    }
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "closed without an answer"));
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok(Answer { status, head, body: bytes[end + 4..].to_vec() })
}

/// A shop with its simulator running.
pub struct Mall {
    running: Running,
}

impl Mall {
    pub fn new(shop: Value, faults: Value, seed: u64) -> Mall {
        let shop = Shop::from_json(&shop.to_string()).unwrap();
        let faults = Faults::from_json(&faults.to_string()).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        Mall { running: start(Config { listen, shop, faults, seed }).unwrap() }
    }

    /// A shop at 2026-04-02 09:00 with these orders and no faults.
    pub fn with(orders: Value) -> Mall {
        Mall::new(shop(orders), json!({}), 1)
    }

    pub fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> std::io::Result<Answer> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (key, value) in headers {
            head += &format!("{key}: {value}\r\n");
        }
        exchange(self.addr(), format!("{head}\r\n{body}").as_bytes(), Duration::from_secs(5))
    }

    pub fn try_call(&self, op: &str, body: &Value) -> std::io::Result<Answer> {
        let headers =
            [("Authorization", &*authorization(SECRET, KEY)), ("Content-Type", "application/json; charset=utf-8")];
        self.request("POST", &format!("/es/2.0/order/{op}/"), &headers, &body.to_string())
    }

    /// One call of the API: status and body.
    pub fn call(&self, op: &str, body: Value) -> (u16, Value) {
        let answer = self.try_call(op, &body).unwrap();
        (answer.status, answer.json())
    }

    pub fn get(&self, place: &str) -> Value {
        self.request("GET", &format!("/_simulator/{place}"), &[], "").unwrap().json()
    }

    pub fn post(&self, place: &str, body: Value) -> (u16, Value) {
        let answer = self.request("POST", &format!("/_simulator/{place}"), &[], &body.to_string()).unwrap();
        (answer.status, answer.json())
    }

    pub fn advance(&self, length: &str) {
        assert_eq!(self.post("clock", json!({ "advance": length })).0, 200);
    }

    pub fn order(&self, number: &str) -> Value {
        self.get(&format!("orders/{number}"))
    }

    /// The rows of an order's first destination.
    pub fn rows(&self, number: &str) -> Value {
        self.order(number)["PackageModelList"][0]["ShippingModelList"].clone()
    }

    pub fn log(&self) -> Vec<Value> {
        self.get("log").as_array().unwrap().clone()
    }
}

pub fn authorization(secret: &str, key: &str) -> String {
    format!("ESA {}", STANDARD.encode(format!("{secret}:{key}")))
}

pub fn shop(orders: Value) -> Value {
    json!({
        "service_secret": SECRET, "license_key": KEY, "license_expiry": "2026-06-30T23:59:59",
        "clock": "2026-04-02T09:00:00+0900", "orders": orders,
        "sub_statuses": [ { "orderProgress": 100, "SubStatusModelList": [ { "subStatusId": 15001, "subStatusName": "在庫確認中", "orderby": 1 } ] },
            { "orderProgress": 300, "SubStatusModelList": [ { "subStatusId": 15003, "subStatusName": "出荷準備", "orderby": 1 } ] } ],
    })
}

/// The order that the reference shows in full.
pub fn reference_order() -> Value {
    serde_json::from_str(include_str!("reference_order.json")).unwrap()
}

/// A short order: number, state, one destination of that id with one item.
pub fn small_order(number: &str, progress: i64, basket: i64) -> Value {
    json!({ "orderNumber": number, "orderProgress": progress,
        "PackageModelList": [ { "basketId": basket, "ItemModelList": [ { "price": 1000, "units": 2 } ] } ] })
}

pub fn shipping(number: &str, basket: i64, rows: Value) -> Value {
    json!({ "orderNumber": number, "BasketidModelList": [ { "basketId": basket, "ShippingModelList": rows } ] })
}

/// The codes of a reply's messages without their common prefix.
pub fn codes(reply: &Value) -> Vec<String> {
    let messages = reply["MessageModelList"].as_array().cloned().unwrap_or_default();
    messages
        .iter()
        .map(|message| message["messageCode"].as_str().unwrap_or_default().replace("ORDER_EXT_API_", ""))
        .collect()
}
