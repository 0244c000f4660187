//! The hash of a cell by its short ways against that of the text it is compared as.

use crate::flow::diff::{canonical, hash};
use crate::model::sheet::Encoding;

/// The first byte chooses the encoding, whether texts are compared as they stand, and the column; the second how
/// many of the others are a cell that was hashed before this one. What is left is the cell.
pub fn cell(data: &[u8]) {
    let &[choice, before, ref rest @ ..] = data else { return };
    let encoding = if choice & 1 == 0 { Encoding::Utf8 } else { Encoding::Cp932 };
    let (exact, place) = (choice & 2 != 0, usize::from(choice >> 2));
    let (before, raw) = rest.split_at(usize::from(before).min(rest.len()));
    let text = canonical(raw, encoding, exact);
    // Quoted, so that no quote of the text's own is taken for the cell's; as it stands, so that nothing more is
    // made of it.
    let quoted = format!("\"{}\"", text.replace('"', "\"\"")).into_bytes();
    assert_eq!(canonical(&quoted, Encoding::Utf8, true), text);
    let expect = hash(&quoted, 0..quoted.len(), b"", Encoding::Utf8, true, place);
    assert_eq!(hash(raw, 0..raw.len(), before, encoding, exact, place), expect, "{text:?}");
    // Among other cells, as it stands in a file.
    let around = [b",9\x95", raw, b"\"7,abc\xe3\x81\x80\x81 ,\r\n"].concat();
    assert_eq!(hash(&around, 3..3 + raw.len(), before, encoding, exact, place), expect, "among others: {text:?}");
}
