//! The hands: files, the API, the ledger, secrets, the clock. They decide nothing.

pub mod clock;
pub mod rms;
