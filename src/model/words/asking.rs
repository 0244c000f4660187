//! Words about what RMS was asked and how it answered.

use super::words;

words! {}
