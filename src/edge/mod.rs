//! The hands: files, the API, the ledger, secrets, the clock. They decide nothing.

pub mod clock;
pub mod crash;
pub mod cut;
pub mod files;
pub mod ledger;
pub mod lock;
pub mod rms;
pub mod secrets;
pub mod workspace;
