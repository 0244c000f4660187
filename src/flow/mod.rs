//! The pure verbs: bytes to cells, cells to wishes, wishes and what RMS knows to changes, changes to plans and papers. No disk, no network, no clock, no printing.

pub mod clean;
pub mod layout;
pub mod lift;
pub mod tidy;
