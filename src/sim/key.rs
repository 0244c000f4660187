//! The gateway's questions: is the key right, alive, and allowed to do this; and the expiry call.
//!
//! Everything here is answered before the order service is reached.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::clock::Moment;
use super::faults::AuthFailure;
use super::wire::Reply;
use super::world::World;

/// `None` when the call may pass.
pub fn refuse(world: &World, authorization: Option<&str>, op: &str, now: Moment) -> Option<Reply> {
    let wanted = format!("ESA {}", STANDARD.encode(format!("{}:{}", world.key.secret, world.key.license)));
    if authorization != Some(wanted.as_str()) || now > world.key.expiry {
        return Some(unauthorised(world, op));
    }
    let switches = world.switches();
    let not_live = world.key.live_from.is_some_and(|from| now < from);
    let disabled = switches.disabled.iter().any(|name| name == op);
    if disabled && switches.disabled_code == "ES01-01" {
        return Some(unauthorised(world, op));
    }
    (not_live || disabled).then(|| Reply::gateway(400, "ES04-01", "Bad Request"))
}

/// How a key that is wrong or dead is answered.
pub fn unauthorised(world: &World, op: &str) -> Reply {
    match world.switches().auth_failure {
        _ if op == "license.expiryDate.get" => Reply::gateway_errors(401, "GA0001", "Un-Authorised"),
        AuthFailure::Results => Reply::gateway(401, "ES01-01", "Un-Authorised"),
        AuthFailure::Errors => Reply::gateway_errors(401, "GA0001", "Un-Authorised"),
        AuthFailure::Status200 => Reply::gateway(200, "ES01-01", "Un-Authorised"),
    }
}

/// The expiry call; `query` is the raw query string.
pub fn expiry(world: &World, query: &str) -> Reply {
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("licenseKey=")).map(unescape);
    match asked {
        None => Reply::gateway_errors(400, "GA-SIM-0001", "licenseKey is required (simulated)"),
        Some(key) if key != world.key.license => {
            Reply::gateway_errors(404, "GA-SIM-0002", "no such licenseKey (simulated)")
        }
        Some(_) => Reply::json(200, json!({ "expiryDate": world.key.expiry.bare() })),
    }
}

fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let pair = [bytes.next(), bytes.next()];
        let code = match pair {
            [Some(high), Some(low)] => {
                std::str::from_utf8(&[high, low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        out.push(code.unwrap_or(b'?'));
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(unescape(input), expect);
    }

    #[test]
    fn queries_are_unescaped() {
        check("SL555001_abc", "SL555001_abc");
        check("a%2Bb%3D", "a+b=");
        check("a%2", "a?");
    }
}
