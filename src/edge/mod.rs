//! The hands: files, the API, the ledger, secrets, the clock. They decide nothing.

pub mod secrets;
pub mod workspace;
