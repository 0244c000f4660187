//! What RMS answered to a change, and where a change stands in our memory.

use super::day::Moment;
use serde::{Deserialize, Serialize};

/// One order's (or row's) answer, whatever the HTTP status was. A time-out is neither success nor failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Well-formed, names our order, no error. The id is that of the shipping row written, if told.
    Accepted { row: Option<i64> },
    /// Well-formed, names our order, an error.
    Refused(Refusal),
    /// Taken into the mall's queue; the result is asked for by this id.
    Queued(RequestId),
    /// The request never left (connection refused): may be planned again at once.
    NotSent(String),
    /// Anything else: time-out, reset, 3xx, 5xx, HTML, half an answer, an answer without our order.
    Unheard(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The mall's message code, or the gateway's.
    pub code: String,
    /// The mall's own words.
    pub message: String,
}

/// The queue's handle of an asynchronous shipping call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub String);

/// Where a change stands. `reliability`: planned → sending → confirmed | refused | unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Planned,
    Sending,
    Queued,
    Confirmed,
    Refused,
    Unknown,
    /// Looked for after the settle time, more than once, and not there.
    Absent,
    Held,
    Exported,
    /// Taken back by a person (`withdraw`), or made needless by a later plan.
    Withdrawn,
}

impl Standing {
    pub const ALL: [Standing; 10] = [
        Standing::Planned,
        Standing::Sending,
        Standing::Queued,
        Standing::Confirmed,
        Standing::Refused,
        Standing::Unknown,
        Standing::Absent,
        Standing::Held,
        Standing::Exported,
        Standing::Withdrawn,
    ];

    /// The word kept in the ledger and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Planned => "planned",
            Standing::Sending => "sending",
            Standing::Queued => "queued",
            Standing::Confirmed => "confirmed",
            Standing::Refused => "refused",
            Standing::Unknown => "unknown",
            Standing::Absent => "absent",
            Standing::Held => "held",
            Standing::Exported => "exported",
            Standing::Withdrawn => "withdrawn",
        }
    }

    pub fn from_word(word: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.word() == word)
    }
}

/// An answer with its time and the server's handle on the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The change's key ([`super::change::Change::key`]).
    pub change: String,
    pub answer: Answer,
    pub at: Moment,
    /// The `RequestId` reply header, for the mall's support desk.
    pub call: Option<String>,
}
