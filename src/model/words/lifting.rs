//! Words about cells that had to be understood.

use super::words;

words! {}
