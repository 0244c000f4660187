//! One sheet of text as an Excel book: frozen header, widths by content, everything as text. It has
//! no opinion on what the columns mean, and no clock: the book's date is handed in or fixed.

use super::guard;
use crate::model::day::Moment;
use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, XlsxError,
};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// What a sheet looks like besides its cells.
#[derive(Default)]
pub struct Looks {
    pub sheet: String,
    /// Columns (from 0) with a coloured ground that ask for an entry or carry our remarks.
    pub marked: BTreeSet<usize>,
    /// A drop-down in this column: texts to choose from, a title and a hint.
    pub choice: Option<(usize, Vec<String>, String, String)>,
    /// Cells (row from 0 under the header, column from 0) that are to blame.
    pub blamed: BTreeSet<(usize, usize)>,
    /// Rows (from 0 under the header) in bold red.
    pub urgent: BTreeSet<usize>,
    /// The widest a column may get, in half-width characters.
    pub width_max: u16,
    /// Only so many columns are printed, from the first; all if `None`.
    pub printed: Option<usize>,
    pub at: Option<Moment>,
}

/// Excel takes no more rows on a sheet than this, the header included.
pub const ROWS_MAX: usize = 1_048_576;
/// Excel takes no more characters in a cell.
const CELL_CHARS_MAX: usize = 32_767;

/// Height of one line of text, and the most that Excel lets a row have, in points.
const LINE_POINTS: f64 = 15.0;
const ROW_POINTS_MAX: f64 = 409.0;

/// Lines that a text takes in a column of so many half-width characters.
fn lines_in(text: &str, width: usize) -> u32 {
    let room = width.saturating_sub(2).max(1);
    let lines: usize = text.lines().map(|line| line.width().div_ceil(room).max(1)).sum();
    u32::try_from(lines).unwrap_or(u32::MAX)
}

/// The book's bytes. Rows past Excel's limit are left out: the CSV beside it has them all.
pub fn book(header: &[String], rows: &[Vec<String>], looks: &Looks) -> Vec<u8> {
    write(header, rows, looks).expect("sizes are within Excel's limits and the target is a buffer")
}

fn write(header: &[String], rows: &[Vec<String>], looks: &Looks) -> Result<Vec<u8>, XlsxError> {
    let columns = rows.iter().map(Vec::len).chain([header.len()]).max().unwrap_or(0).min(16_384);
    let rows = rows.get(..rows.len().min(ROWS_MAX - 1)).unwrap_or(rows);
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&created(looks.at)?));
    let text = Format::new().set_num_format("@").set_align(FormatAlign::Top).set_text_wrap();
    let marked = text
        .clone()
        .set_background_color(Color::RGB(0x00FF_F8DC))
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(0x00D9_C98A));
    let blamed = text.clone().set_background_color(Color::RGB(0x00FF_D6D6)).set_font_color(Color::RGB(0x009B_1C1C));
    let urgent = text.clone().set_bold().set_font_color(Color::RGB(0x00B0_1E1E));
    let head = Format::new()
        .set_num_format("@")
        .set_bold()
        .set_background_color(Color::RGB(0x00E4_E9EE))
        .set_border_bottom(FormatBorder::Medium)
        .set_align(FormatAlign::VerticalCenter);
    let head_marked = head.clone().set_background_color(Color::RGB(0x00FF_E08A));
    let sheet = book.add_worksheet();
    sheet.set_name(&looks.sheet)?;
    let mut widths = vec![4_usize; columns];
    for (column, width) in widths.iter_mut().enumerate() {
        let cell = cell(header.get(column).map_or("", String::as_str));
        *width = (*width).max(cell.width() + 2);
        let format = if looks.marked.contains(&column) { &head_marked } else { &head };
        sheet.write_string_with_format(0, column_number(column), &cell, format)?;
    }
    for (place, row) in rows.iter().enumerate() {
        let at = row_number(place + 1);
        for (column, width) in widths.iter_mut().enumerate() {
            let cell = cell(row.get(column).map_or("", String::as_str));
            *width = (*width).max(cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0) + 2);
            let format = if looks.blamed.contains(&(place, column)) {
                &blamed
            } else if looks.marked.contains(&column) {
                &marked
            } else if looks.urgent.contains(&place) {
                &urgent
            } else {
                &text
            };
            sheet.write_string_with_format(at, column_number(column), &cell, format)?;
        }
    }
    let width_max = if looks.width_max == 0 { 60 } else { usize::from(looks.width_max) };
    for (column, width) in widths.iter().enumerate() {
        let width = u16::try_from((*width).min(width_max)).unwrap_or(60);
        sheet.set_column_width(column_number(column), f64::from(width))?;
    }
    // Written out, because not every program works the height of wrapped text out when it opens a book.
    for (place, row) in rows.iter().enumerate() {
        let lines = row.iter().zip(&widths).map(|(cell, width)| lines_in(cell, (*width).min(width_max))).max();
        if let Some(lines @ 2..) = lines {
            sheet.set_row_height(row_number(place + 1), (f64::from(lines) * LINE_POINTS).min(ROW_POINTS_MAX))?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if columns > 0 {
        sheet.autofilter(0, 0, row_number(rows.len()), column_number(columns - 1))?;
    }
    if let Some((column, texts, title, hint)) = &looks.choice
        && !rows.is_empty()
    {
        // No error alert: other spellings of yes are taken too, and a person must be able to write 保留.
        let list = DataValidation::new()
            .allow_list_strings(texts)?
            .ignore_blank(true)
            .show_error_message(false)
            .set_input_title(title)?
            .set_input_message(hint)?;
        sheet.add_data_validation(1, column_number(*column), row_number(rows.len()), column_number(*column), &list)?;
    }
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    if let Some(last) = looks.printed.and_then(|printed| printed.min(columns).checked_sub(1)) {
        sheet.set_print_area(0, 0, row_number(rows.len()), column_number(last))?;
    }
    book.save_to_buffer()
}

/// Guarded, and cut where Excel would refuse the cell.
fn cell(text: &str) -> String {
    let safe = guard::for_people(text);
    if safe.chars().count() <= CELL_CHARS_MAX {
        safe
    } else {
        safe.chars().take(CELL_CHARS_MAX - 1).chain(['…']).collect()
    }
}

/// A fixed day where none is handed in: the same input gives the same bytes.
fn created(at: Option<Moment>) -> Result<ExcelDateTime, XlsxError> {
    let Some(at) = at else { return ExcelDateTime::from_ymd(2000, 1, 1) };
    // The book's properties are in UTC.
    let at = at.plus_seconds(-9 * 3600);
    let day = at.day();
    let small = |number: i8| u8::try_from(number).unwrap_or(0);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(2000), small(day.month()), small(day.day()))?.and_hms(
        u16::from(small(at.hour())),
        small(at.minute()),
        small(at.second()),
    )
}

fn row_number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn column_number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
