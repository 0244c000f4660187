//! The pure verbs: bytes to cells, cells to wishes, wishes and what RMS knows to changes, changes to plans and papers. No disk, no network, no clock, no printing.

pub mod decode;
pub mod diff;
pub mod encode;
pub mod header;
pub mod read;
pub mod split;
