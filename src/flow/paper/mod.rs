//! Everything on paper: plans, approval sheets, error sheets, reports, upload files, the screen.
//! Values come in, bytes or text go out. It knows how to say a thing, not where the paper is laid
//! down, and it decides nothing about orders.

mod carried;
mod drift_csv;
pub mod errors;
pub mod guard;
pub mod label;
pub mod order_csv;
mod page;
pub mod phrase;
pub mod plan_csv;
pub mod plan_html;
pub mod plan_json;
mod plan_table;
pub mod plan_xlsx;
pub mod report_html;
pub mod report_json;
mod report_view;
pub mod screen;
pub mod sheet_read;
mod shops_html;
pub mod story;
#[cfg(test)]
mod testing;
pub mod upload;
pub mod veil;
pub mod worksheet;
mod xlsx;

pub use carried::{CarriedSheet, carried_sheets};
pub use drift_csv::drift_csv;
pub use errors::{ErrorRow, errors_csv, errors_xlsx, refusal_note};
pub use order_csv::order_csv;
pub use page::content_policy;
pub use plan_csv::plan_csv;
pub use plan_html::plan_html;
pub use plan_json::{plan_from_json, plan_json};
pub use plan_xlsx::plan_xlsx;
pub use report_html::{NEWEST, report_html, report_html_from};
pub use report_json::report_json;
pub use screen::screen;
pub use sheet_read::{Choice, SheetAnswer, sheet_approve, sheet_read, sheet_run, unclear_marks};
pub use shops_html::shops_html;
pub use story::{StoryEvent, story};
pub use upload::{NotExportable, Upload, UploadFile, UploadRules, upload, upload_readme};
pub use worksheet::{Worksheet, worksheet};

use crate::model::ids::OrderNumber;

/// The RMS screen that shows one order. The only outside address that any paper links to.
pub fn rms_screen(order: &OrderNumber) -> String {
    format!("https://order-rp.rms.rakuten.co.jp/order-rb/individual-order-detail-sc/init?orderNumber={order}")
}
