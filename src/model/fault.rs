//! A fault in a file that a person wrote for us: a pipeline, a layout, `denpyo.toml`.

use super::words::Why;
use std::ops::Range;

/// One fault with its place. All faults of a file are shown at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file's name as shown to the person.
    pub file: String,
    /// Bytes of the file the caret stands under; `None` if the file as such is to blame.
    pub span: Option<Range<usize>>,
    pub why: Why,
    /// "did you mean".
    pub suggestion: Option<String>,
}
