//! What people write for the program, text in, checked values or all faults out: pipeline files and
//! `denpyo.toml`. It opens no file and reads no environment; both are handed in.

mod check;
mod forms;
mod keys;
mod pipeline;
mod schema;
mod shape;
mod shop;
mod show;
mod suggest;
mod tree;

pub use check::{layouts_unknown, wiring};
pub use pipeline::{files_read, pipeline};
pub use schema::{schema, shops_schema};
pub use shop::shops;
pub use show::{place, show, show_warnings};
pub use suggest::nearest;
