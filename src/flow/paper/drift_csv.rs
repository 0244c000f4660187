//! 手修正リスト: after an amendment, what RMS holds otherwise than foretold (points, coupons, totals), for a person
//! who brings the other system into line.

use super::guard::for_csv;
use crate::flow::money::drift::DriftRow;
use crate::model::words::Lang;

/// UTF-8 with BOM, CRLF, every cell guarded.
pub fn drift_csv(rows: &[DriftRow], lang: Lang) -> Vec<u8> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
    let header = match lang {
        Lang::Ja => ["注文番号", "送付先ID", "商品明細ID", "項目", "想定", "RMSの値", "内容", "対処方法", "確認"],
        Lang::En => ["注文番号", "送付先ID", "商品明細ID", "Field", "Expected", "RMS", "What", "Remedy", "Done"],
    };
    // Writing to memory cannot fail.
    let _ = out.write_record(header);
    for row in rows {
        let cells = [
            row.order.clone(),
            row.basket.map(|basket| basket.to_string()).unwrap_or_default(),
            row.item.map(|item| item.to_string()).unwrap_or_default(),
            row.column.clone(),
            row.expected.clone(),
            row.found.clone(),
            row.why.text(lang),
            row.why.remedy(lang),
            String::new(),
        ];
        let _ = out.write_record(cells.map(|cell| for_csv(&cell)));
    }
    out.into_inner().unwrap_or_default()
}
