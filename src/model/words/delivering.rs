//! Words about sending, exporting, remembering.

use super::words;

words! {}
