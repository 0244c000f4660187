//! What the fuzz targets ask: whether that which works on every byte of a file gives the answer of its slow
//! twin. The sources are those of the program, taken by their paths and not by its package, so that polars
//! and the rest of it are not built for them. Each function panics where two answers differ.

mod cell;
mod decode;
mod flow;
mod model;
mod plain;
mod split;

pub use cell::cell;
pub use decode::decode;
pub use split::split;
