//! denpyo: a shop's nightly batch between the files people drop and the mall's order system (RMS).
//!
//! `run` is the whole trip. `model` holds the nouns, `flow` the pure verbs, `edge` the hands,
//! `sim` the pretend RMS, `cli` the commands.

pub mod cli;
pub mod edge;
pub mod flow;
pub mod model;
pub mod run;
pub mod sim;
