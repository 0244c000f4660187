//! Orders as a CSV in the mall's own columns, for other systems. Every value quoted, CRLF, as the mall writes it.

/// The text of the file; the caller picks the encoding.
pub fn order_csv(header: &[&str], records: &[Vec<String>]) -> String {
    let mut out = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory cannot fail, and all records have the header's width.
    let _ = out.write_record(header);
    for record in records {
        let _ = out.write_record(record);
    }
    out.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_quoted_and_line_breaks_kept() {
        let text = super::order_csv(&["a", "b"], &[vec!["1".to_owned(), "x\n\"y\"".to_owned()]]);
        assert_eq!(text, "\"a\",\"b\"\r\n\"1\",\"x\n\"\"y\"\"\"\r\n");
    }
}
