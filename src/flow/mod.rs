//! The pure verbs: bytes to cells, cells to wishes, wishes and what RMS knows to changes, changes to plans and papers. No disk, no network, no clock, no printing.

pub mod batch;
pub mod clean;
pub mod compare;
pub mod config;
pub mod decode;
pub mod diff;
pub mod encode;
pub mod example;
pub mod header;
pub mod known;
pub mod layout;
pub mod lift;
pub mod money;
pub mod outcome;
pub mod paper;
pub mod plan;
pub mod read;
pub mod settle;
pub mod side_table;
pub mod split;
pub mod tidy;
pub mod workbook;
