//! The pretend RMS driven over loopback by a caller that shares no code with it.

#[path = "simulator/client.rs"]
mod client;
#[path = "simulator/faults.rs"]
mod faults;
#[path = "simulator/money.rs"]
mod money;
#[path = "simulator/reads.rs"]
mod reads;
#[path = "simulator/writes.rs"]
mod writes;
