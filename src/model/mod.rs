//! The nouns of the house. They import only each other and serde, and know nothing of files, HTTP,
//! tables or the command line. Text becomes one of these types once, at the rim, and is trusted afterwards.

pub mod baseline;
pub mod batch;
pub mod carrier;
pub mod change;
pub mod day;
pub mod exit;
pub mod fault;
pub mod ids;
pub mod layout;
pub mod message;
pub mod money;
pub mod order;
pub mod pipeline;
pub mod plan;
pub mod receipt;
pub mod rejection;
pub mod report;
pub mod sheet;
pub mod shipment;
pub mod step;
pub mod tally;
pub mod wish;
pub mod words;
