//! Rejected rows of earlier nights, whose files are put away: a sheet for each kind in the columns of the generic
//! layouts, to be mended and dropped again.

use super::errors::ErrorRow;

use crate::model::rejection::Rejection;
use crate::model::wish::{AmendWish, CancelWish, MarkWish, Restock, ShipAction, ShipWish, SubStatusWish, Wish};
use std::collections::BTreeMap;

/// One sheet.
pub struct CarriedSheet {
    /// Its name without the ending.
    pub stem: String,
    pub header: Vec<String>,
    pub rows: Vec<ErrorRow>,
}

/// The sheets for these wishes, each row with its rejections. A value that an order CSV asked for is left out: there
/// it stood beside all others, and only a fresh download can say it again.
pub fn carried_sheets(wishes: &[&Wish], rejections: &[Rejection]) -> Vec<CarriedSheet> {
    let mut sheets: BTreeMap<&str, CarriedSheet> = BTreeMap::new();
    for wish in wishes {
        let (kind, header) = form(wish);
        let sheet = sheets.entry(kind).or_insert_with(|| CarriedSheet {
            stem: format!("待ち行_{kind}_エラー"),
            header: header.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
        });
        let own = rejections.iter().filter(|rejection| rejection.source == *wish.source());
        sheet.rows.extend(own.map(|rejection| ErrorRow { cells: cells(wish), rejection: rejection.clone() }));
    }
    sheets.into_values().collect()
}

fn form(wish: &Wish) -> (&'static str, &'static [&'static str]) {
    match wish {
        Wish::Ship(_) => {
            ("出荷", &["注文番号", "送付先ID", "お荷物伝票番号", "配送会社", "発送日", "発送明細ID", "処理"])
        }
        Wish::Amend(_) => (
            "金額",
            &["注文番号", "送付先ID", "商品明細ID", "送料", "代引料", "単価", "個数", "税率", "消費税", "減額理由"],
        ),
        Wish::Confirm(_) => ("注文確認", &["注文番号"]),
        Wish::Cancel(_) => ("キャンセル", &["注文番号", "キャンセル理由", "在庫連動", "返品済", "処理"]),
        Wish::Mark(_) => ("サブステータス", &["注文番号", "サブステータス", "ひとことメモ"]),
    }
}

fn cells(wish: &Wish) -> Vec<String> {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let order = wish.order().to_string();
    match wish {
        Wish::Ship(ShipWish { basket, row, carrier, number, date, action, .. }) => vec![
            order,
            text(basket.as_ref()),
            text(number.as_ref()),
            carrier.code().to_owned(),
            date.to_string(),
            text(row.as_ref()),
            match action {
                ShipAction::Decide => "",
                ShipAction::Add => "追加",
                ShipAction::Correct => "訂正",
                ShipAction::Delete => "削除",
            }
            .to_owned(),
        ],
        Wish::Amend(AmendWish { from_order_csv: true, basket, item, .. }) => {
            let mut cells = vec![order, text(basket.as_ref()), text(item.as_ref())];
            cells.resize(10, String::new());
            cells
        }
        Wish::Amend(AmendWish { basket, item, postage, cod_fee, price, units, tax_rate, tax, reason, .. }) => vec![
            order,
            text(basket.as_ref()),
            text(item.as_ref()),
            text(postage.map(|one| one.to_wire())),
            text(cod_fee.map(|one| one.to_wire())),
            text(price.map(|one| one.0)),
            text(*units),
            text(tax_rate.as_ref()),
            text(tax.map(|one| one.0)),
            text(reason.map(|one| one.0)),
        ],
        Wish::Confirm(_) => vec![order],
        Wish::Cancel(CancelWish { reason, restock, returned, settle, .. }) => vec![
            order,
            reason.0.to_string(),
            match restock {
                Restock::AsItem => "商品の設定に従う",
                Restock::Restore => "連動する",
                Restock::Keep => "連動しない",
            }
            .to_owned(),
            if *returned { "○" } else { "" }.to_owned(),
            if *settle { "確定" } else { "" }.to_owned(),
        ],
        Wish::Mark(MarkWish { sub_status, memo, .. }) => vec![
            order,
            match sub_status {
                Some(SubStatusWish::Id(id)) => id.to_string(),
                Some(SubStatusWish::Name(name)) => name.clone(),
                None => String::new(),
            },
            memo.clone().unwrap_or_default(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{ItemId, OrderNumber};
    use crate::model::money::{Amount, TaxRate, Yen};
    use crate::model::sheet::Source;
    use crate::model::wish::{ConfirmWish, ReasonCode};
    use crate::model::words::comparing;

    fn check(wish: &Wish, stem: &str, expect: &str) {
        let why = comparing::FIRST_RUN.plain();
        let rejection = Rejection { source: wish.source().clone(), column: None, value: None, why };
        let sheets = carried_sheets(&[wish], &[rejection]);
        assert_eq!(sheets.len(), 1);
        assert_eq!((sheets[0].stem.as_str(), sheets[0].rows[0].cells.join("|").as_str()), (stem, expect));
        assert_eq!(sheets[0].header.len(), sheets[0].rows[0].cells.len());
    }

    #[test]
    fn a_row_comes_back_in_the_form_it_can_be_dropped_in() {
        let source = Source { file: "inbox/a.csv".into(), record: 1, line: 2 };
        let order = OrderNumber::parse("555001-20260401-0000000101").unwrap();
        let amend = AmendWish {
            source: source.clone(),
            order: order.clone(),
            basket: None,
            item: Some(ItemId(8)),
            postage: Some(Amount::NotFixedYet),
            cod_fee: None,
            price: Some(Yen(1200)),
            units: Some(0),
            tax_rate: Some(TaxRate::REDUCED),
            tax: None,
            reason: Some(ReasonCode(8)),
            from_order_csv: false,
            other_cells: BTreeMap::new(),
            notes: Vec::new(),
        };
        check(&Wish::Amend(amend.clone()), "待ち行_金額_エラー", &format!("{order}||8|-9999||1200|0|8%||8"));
        let csv = AmendWish { from_order_csv: true, ..amend };
        check(&Wish::Amend(csv), "待ち行_金額_エラー", &format!("{order}||8|||||||"));
        let cancel = CancelWish {
            source: source.clone(),
            order: order.clone(),
            reason: ReasonCode(2),
            restock: Restock::Keep,
            returned: true,
            settle: false,
            notes: Vec::new(),
        };
        check(&Wish::Cancel(cancel), "待ち行_キャンセル_エラー", &format!("{order}|2|連動しない|○|"));
        let confirm = ConfirmWish { source: source.clone(), order: order.clone() };
        check(&Wish::Confirm(confirm), "待ち行_注文確認_エラー", order.as_str());
        let mark = MarkWish {
            source,
            order: order.clone(),
            sub_status: Some(SubStatusWish::Name("入荷待ち".into())),
            memo: Some("x".into()),
            notes: Vec::new(),
        };
        check(&Wish::Mark(mark), "待ち行_サブステータス_エラー", &format!("{order}|入荷待ち|x"));
    }
}
