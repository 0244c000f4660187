//! Words about amounts, reasons, totals.

use super::words;

words! {}
