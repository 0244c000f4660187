//! Words about files, bytes and rows as such.

use super::words;

words! {}
