//! Words about pipeline files, layouts, shops and secrets.

use super::words;

words! {}
