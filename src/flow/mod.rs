//! The pure verbs: bytes to cells, cells to wishes, wishes and what RMS knows to changes, changes to plans and papers. No disk, no network, no clock, no printing.

pub mod compare;
pub mod known;
pub mod plan;
pub mod settle;
pub mod batch;
pub mod outcome;
pub mod config;
pub mod clean;
pub mod layout;
pub mod decode;
pub mod encode;
pub mod split;
pub mod paper;
