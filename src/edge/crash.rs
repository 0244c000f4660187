//! Places where a test may have the program die, as a power cut or `kill -9` would. Every durable step
//! has one before and one after it, so that a harness can cut a night at each seam. It knows nothing
//! of what lies between the seams. In a release build it sleeps unless the environment wakes it twice.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every name there is, in the order a night meets them.
pub const POINTS: &[&str] = &[
    "ledger.making",
    "ledger.made",
    "ledger.migrating",
    "ledger.migrated",
    "ledger.opened",
    "run.begun",
    "file.found",
    "file.copying",
    "file.copied",
    "file.recorded",
    "read.done",
    "look.done",
    "plan.before",
    "plan.inside",
    "plan.after",
    "claim.before",
    "claim.inside",
    "claim.after",
    "send.before",
    "send.after",
    "record.inside",
    "record.after",
    "looked.inside",
    "looked.after",
    "rows.inside",
    "rows.after",
    "baseline.inside",
    "baseline.after",
    "export.before",
    "write.before",
    "write.written",
    "write.named",
    "export.after",
    "settle.file",
    "shelve.before",
    "shelve.copied",
    "shelve.named",
    "shelve.after",
    "report.before",
    "report.after",
    "run.ended",
];

struct Chosen {
    name: String,
    /// Passes left until it strikes; 0 = it has struck or never will.
    left: AtomicU64,
}

static CHOSEN: OnceLock<Option<Chosen>> = OnceLock::new();

/// Dies here if `DENPYO_CRASH_AT=name[:n]` names this place and this is the n-th pass (from 1).
pub fn point(name: &'static str) {
    debug_assert!(POINTS.contains(&name), "{name} is not in the list of crash points");
    let Some(chosen) = CHOSEN.get_or_init(chosen) else { return };
    if chosen.name == name && chosen.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        die();
    }
}

fn chosen() -> Option<Chosen> {
    // An operator's stray variable must not kill a shop's night: a release build asks for a second one.
    if !cfg!(debug_assertions) && std::env::var_os("DENPYO_CRASH_ALLOWED").is_none() {
        return None;
    }
    let text = std::env::var("DENPYO_CRASH_AT").ok()?;
    let (name, pass) = parse(&text)?;
    Some(Chosen { name: name.to_owned(), left: AtomicU64::new(pass) })
}

fn parse(text: &str) -> Option<(&str, u64)> {
    match text.split_once(':') {
        Some((name, pass)) => pass.parse().ok().filter(|pass| *pass > 0).map(|pass| (name, pass)),
        None => Some((text, 1)),
    }
}

/// No unwinding, no flushing, no destructors: what a power cut leaves of a process.
fn die() -> ! {
    #[cfg(unix)]
    // SAFETY: two plain system calls without pointers; the second cannot return before the first has struck.
    unsafe {
        libc::kill(libc::getpid(), libc::SIGKILL);
    }
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn check(text: &str, expect: Option<(&str, u64)>) {
        assert_eq!(parse(text), expect, "{text}");
    }

    #[test]
    fn a_point_is_a_name_and_a_pass() {
        check("claim.after", Some(("claim.after", 1)));
        check("claim.after:3", Some(("claim.after", 3)));
        check("claim.after:0", None);
        check("claim.after:x", None);
    }

    #[test]
    fn every_name_stands_once() {
        assert_eq!(POINTS.iter().collect::<BTreeSet<_>>().len(), POINTS.len());
        assert!(POINTS.len() >= 40);
    }
}
