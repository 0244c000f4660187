//! Tests of the amend comparison.
