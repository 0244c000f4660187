//! The fixed words on papers: headings, columns, names of piles, in both languages. What is said
//! about one row or change is not here but in `model::words`, since it needs a code and a remedy.
//! Japanese labels keep to characters that CP932 has, because Excel saves sheets back in it.

use crate::model::words::Lang;
use std::collections::BTreeMap;

/// A fixed text in both languages; `{name}` is a place to fill.
#[derive(Debug, PartialEq, Eq)]
pub struct Label {
    pub ja: &'static str,
    pub en: &'static str,
}

impl Label {
    pub fn of(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Ja => self.ja,
            Lang::En => self.en,
        }
    }

    /// The text with its places filled.
    pub fn fill(&self, lang: Lang, values: &[(&str, &str)]) -> String {
        let mut text = self.of(lang).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

/// All labels of one language by name, for templates.
pub fn table(lang: Lang) -> BTreeMap<&'static str, &'static str> {
    ALL.iter().map(|(name, label)| (*name, label.of(lang))).collect()
}

macro_rules! labels {
    ($($name:ident: $ja:literal, $en:literal;)*) => {
        $(pub static $name: Label = Label { ja: $ja, en: $en };)*
        static ALL: &[(&str, &Label)] = &[$((stringify!($name), &$name)),*];
    };
}

labels! {
    // Piles, in the words every shop knows them by.
    READ: "読込", "read";
    SKIPPED: "読込不要", "skipped";
    FILES_REFUSED: "読込不可", "refused";
    UNCHANGED: "変更なし", "unchanged";
    PLANNED: "反映予定", "planned";
    REJECTED: "エラー（要修正）", "rejected";
    SET_ASIDE: "対象外", "set aside";
    SETTLED_EARLIER: "処理済み", "settled earlier";
    WAITING: "自動待ち", "waiting";
    HELD: "承認待ち", "held";
    CONFIRMED: "反映済み", "confirmed";
    QUEUED: "受付済・結果待ち", "queued";
    REFUSED: "RMSエラー", "refused by RMS";
    UNKNOWN: "結果未確認（再送しません）", "unknown (never sent again blindly)";
    EXPORTED: "CSV出力済・未アップロード", "exported, not uploaded";
    UNSENT: "未送信", "unsent";
    SENDING: "送信中", "sending";
    ABSENT: "RMSに未登録", "absent";
    WITHDRAWN: "取下げ済み", "withdrawn";

    // Kinds of change and states of an order.
    KIND_CANCEL: "キャンセル", "cancellation";
    KIND_AMEND: "金額の更新", "amounts";
    KIND_CONFIRM: "注文確認", "confirmation";
    KIND_SHIP: "荷物番号", "tracking number";
    KIND_SUB_STATUS: "サブステータス", "sub-status";
    KIND_MEMO: "ひとことメモ", "memo";
    STATE_100: "注文確認待ち", "to be confirmed";
    STATE_200: "楽天処理中", "in process at the mall";
    STATE_300: "発送待ち", "to be shipped";
    STATE_400: "変更確定待ち", "change to be settled";
    STATE_500: "発送済", "shipped";
    STATE_600: "支払手続き中", "payment in process";
    STATE_700: "支払手続き済", "payment done";
    STATE_800: "キャンセル確定待ち", "cancellation to be settled";
    STATE_900: "キャンセル確定", "cancelled";
    STATE_OTHER: "不明", "unknown state";

    // What a change says.
    NONE: "なし", "none";
    YEN: "{n}円", "{n} yen";
    NOT_FIXED: "未確定", "not fixed yet";
    ARROW: "{field}: {was} → {now}", "{field}: {was} → {now}";
    JOIN: "、", "; ";
    FILL_ROW: "発送明細 {row} に記入", "fill shipping row {row}";
    ADD_ROW: "発送明細を追加", "add a shipping row";
    AMEND_ROW: "発送明細 {row} を訂正", "correct shipping row {row}";
    DELETE_ROW: "発送明細 {row} を削除", "delete shipping row {row}";
    AMEND_ORDER: "金額を更新", "change amounts";
    AMEND_SHIPPED: "発送後の金額を更新", "change amounts after shipping";
    CONFIRM_ORDER: "注文を確認済みにする", "confirm the order";
    CANCEL_ORDER: "注文をキャンセルする", "cancel the order";
    CANCEL_SHIPPED: "発送後の注文をキャンセルする", "cancel the order after shipping";
    SET_SUB_STATUS: "サブステータスを変更", "set the sub-status";
    MEMO_ADD: "ひとことメモに追記", "add to the memo";
    MEMO_REPLACE: "ひとことメモを置き換え", "replace the memo";
    NUMBER: "お荷物伝票番号", "tracking number";
    CARRIER: "配送会社", "carrier";
    SHIP_DATE: "発送日", "ship date";
    POSTAGE: "送料", "postage";
    COD_FEE: "代引料", "COD fee";
    PRICE: "単価", "unit price";
    UNITS: "個数", "units";
    TAX_RATE: "税率", "tax rate";
    OF_BASKET: "{field}（送付先 {basket}）", "{field} (destination {basket})";
    OF_ITEM: "{field}（商品明細 {item}）", "{field} (item {item})";
    TOTAL: "総合計（税込）", "total incl. tax";
    REQUEST_PRICE: "請求金額", "amount charged";
    BETWEEN: "{low}～{high}", "{low} to {high}";
    FALLS_BY: "{n}円の減額", "{n} yen less";
    RISES_BY: "{n}円の増額", "{n} yen more";
    SAME_TOTAL: "増減なし", "same total";
    REDUCTION_REASON: "減額理由: {reason}（{side}）", "reason of the reduction: {reason} ({side})";
    CANCEL_REASON: "キャンセル理由: {reason}（{side}）", "reason: {reason} ({side})";
    RESTOCK_AS_ITEM: "在庫連動: 商品の設定に従う", "stock: as the item is set";
    RESTOCK_RESTORE: "在庫連動: 連動する", "stock: put back";
    RESTOCK_KEEP: "在庫連動: 連動しない", "stock: left alone";
    SUB_STATUS: "サブステータス", "sub-status";
    PLACE: "{file} {line}行目", "{file} line {line}";

    // Columns of sheets.
    ROW_ID: "行ID", "Row ID";
    APPROVAL: "承認", "Approval";
    KIND: "区分", "Kind";
    URGENT: "至急", "Urgent";
    ORDER: "注文番号", "Order";
    BASKET: "送付先ID", "Destination";
    CONTENT: "内容", "Content";
    HOLD_REASON: "保留理由", "Held because";
    REMEDY: "対処方法", "What to do";
    NOTES: "備考", "Notes";
    PLACES: "ファイル・行", "File and line";
    TOTAL_WAS: "総合計（変更前）", "Total before";
    TOTAL_NOW: "総合計（変更後）", "Total after";
    STATE: "注文の状態", "Order state";
    SCREEN: "RMSの画面", "RMS screen";
    PLAN_RUN: "計画ID", "Plan";
    WAS: "変更前", "Before";
    NOW: "変更後", "After";
    FIELD: "項目", "Field";
    CHECKED: "済", "Done";
    REASON: "理由", "Reason";
    VALUE: "値", "Value";
    COLUMN: "列", "Column";
    FILE: "ファイル", "File";
    OUTCOME: "結果", "Outcome";
    MOVED_TO: "保管先", "Now at";
    SINCE: "いつから", "Since";
    DAYS: "{n}日", "{n} days";
    RUN: "実行", "Run";
    COUNT: "件数", "Count";

    // The plan.
    PLAN: "反映計画", "Plan";
    PLAN_SHEET: "計画", "Plan";
    MADE_AT: "作成", "made";
    URGENT_MARK: "【至急】", "Urgent";
    FREE: "このまま反映", "free to go";
    HELD_CHANGES: "承認待ちの変更", "Changes that wait for approval";
    FREE_CHANGES: "このまま反映できる変更", "Changes free to go";
    URGENT_CHANGES: "至急の確認が必要な変更", "Urgent changes";
    NO_CHANGES: "反映する変更はありません", "There is nothing to change";
    CHANGES_ALL: "変更", "Changes";
    ORDERS: "注文", "Orders";
    CALLS: "API呼び出し", "Calls";
    TIME: "所要時間", "Time";
    H_M: "{h}時間{m}分", "{h} h {m} min";
    M_S: "{m}分{s}秒", "{m} min {s} s";
    S: "{s}秒", "{s} s";
    AMENDS_TOTAL: "金額を更新する注文の総合計（税込）", "Totals of the amended orders, incl. tax";
    OPEN_TOTALS: "未確定の金額を含む注文 {n}件を除く", "without {n} orders whose amounts are open";
    HOW_APPROVE: "承認のしかた", "How to approve";
    HOW_APPROVE_1: "同じフォルダの plan.xlsx を Excel で開きます。", "Open plan.xlsx in this folder with Excel.";
    HOW_APPROVE_2: "反映してよい行の「承認」列に OK と入れて上書き保存します。ほかの列は変えないでください。", "Put OK in the Approval column of each row that may go, and save. Change nothing else.";
    HOW_APPROVE_3: "保存した plan.xlsx を作業フォルダの inbox/approved に入れると、次の実行で OK の行だけが反映されます。", "Drop the saved plan.xlsx into inbox/approved of the workspace: the next run sends the rows marked OK, and only those.";
    HOW_APPROVE_4: "すぐに反映するときは、システム担当者が denpyo apply に plan.xlsx を渡します（フォルダを渡すと全行を承認したことになります）。", "To send them at once hand plan.xlsx to `denpyo apply` (handing over the folder approves every row).";
    VIA_API: "API", "API";
    VIA_CSV: "CSV出力", "CSV";
    VIA_REVIEW: "承認後に反映", "after review";
    VIA: "反映方法", "Delivery";
    INPUT_TITLE: "承認", "Approval";
    INPUT_MESSAGE: "反映してよければ OK", "OK if it may go";
    MORE: "ほか {n}件", "and {n} more";
    MORE_IN_SHEET: "ほか {n}件は plan.xlsx にあります", "{n} more stand in plan.xlsx";
    MORE_IN_JSON: "ほか {n}件は report.json にあります", "{n} more stand in report.json";

    // The report and the screen.
    REPORT: "実行結果", "Report";
    PLAN_ONLY: "計画のみ（RMSには何も送っていません）", "planned only; nothing was sent";
    FILES: "ファイル", "Files";
    ROWS: "行", "Rows";
    CHANGES: "変更", "Changes";
    ADDS_UP: "合計が一致しています", "adds up";
    DOES_NOT_ADD_UP: "合計が一致しません", "does not add up";
    TO_DO: "次にすること", "What to do next";
    NOTHING_TO_DO: "お願いすることはありません", "Nothing for you to do";
    APPROVE_THESE: "承認待ち {n}件を確認してください", "{n} changes wait for approval";
    MEND_THESE: "エラー {n}行を直して再投入してください", "{n} rows to mend and drop again";
    MEND_FILES: "読み込めなかったファイル {n}件を確認してください", "{n} files could not be read";
    UPLOAD_THESE: "CSV {n}件分をRMSにアップロードしてください", "{n} changes to upload to RMS";
    SEE_REFUSED: "RMSが受け付けなかった変更 {n}件を確認してください", "{n} changes were refused by RMS";
    TROUBLE: "反映できなかった変更", "Changes that did not go through";
    REJECTED_ROWS: "エラーの行（直して再投入）", "Rejected rows (mend and drop again)";
    REFUSED_FILES: "読み込めなかったファイル", "Files refused whole";
    WAITING_ROWS: "自動待ちの行（操作は不要）", "Rows that only need time";
    DONE_CHANGES: "反映した変更・反映中の変更", "Changes done or under way";
    SET_ASIDE_ROWS: "対象外・処理済みの行", "Rows put aside";
    OPEN_EARLIER: "以前の実行で未完了のもの", "Still open from earlier runs";
    NOT_UPLOADED: "未アップロード {n}日", "not uploaded for {n} days";
    SETTLED_NOW: "以前の実行で、今回反映を確認したもの", "Of earlier runs, seen confirmed now";
    WARNINGS: "お知らせ", "Notices";
    OUTPUTS: "出力したファイル", "Files written";
    MADE_OF_BOUND: "{made}回（上限 {bound}回）", "{made} of at most {bound}";
    KEY_EXPIRES: "ライセンスキーの期限", "Licence key expires";
    DAYS_LEFT: "あと{n}日", "{n} days left";
    EXPIRED: "期限切れ", "expired";
    OPEN_FILE: "開くファイル", "open";
    STARTED_ENDED: "{from} ～ {to}", "{from} to {to}";
    SHOP: "店舗", "Shop";
    STANDING: "状態", "Standing";
    ANSWER: "RMSの回答", "RMS said";
    OUTCOME_READ: "読込済み", "read";
    OUTCOME_SKIPPED: "読込不要", "skipped";
    OUTCOME_REFUSED: "読込不可", "refused";

    REPORT_SHOPS: "全店舗の報告", "Report of all shops";
    WHOLE_REPORT: "この店舗の報告を開く", "Open this shop's report";

    EXIT_DONE: "正常に終わりました", "Done";
    EXIT_NOTHING: "反映する変更はありませんでした", "Done; there was nothing to change";
    EXIT_CHANGES: "変更があります", "There are changes";
    EXIT_REFUSED: "終わりましたが、直していただくものがあります", "Finished; something was refused";
    EXIT_HELD: "終わりましたが、確認をお待ちしているものがあります", "Finished; something waits for a person";
    EXIT_NO_INPUT: "使えるファイルがありませんでした", "No input was usable";
    EXIT_RMS: "RMSに受け付けられませんでした", "RMS refused in a way that waiting will not cure";
    EXIT_BUG: "プログラムの不具合で止まりました", "Stopped by a fault of the program";
    EXIT_FILES: "ファイルの読み書きができませんでした", "A file could not be written or read";
    EXIT_LATER: "中断しました。次の実行で続きを行います", "Stopped early; the next run goes on";
    EXIT_KEY: "RMSのキーまたは権限に問題があります", "The RMS key or its rights are not in order";
    EXIT_SETTINGS: "設定に誤りがあります", "The settings are at fault";
    EXIT_OTHER: "終了コード {n}", "Exit code {n}";

    // Worksheets and uploads.
    WORKSHEET: "作業シート", "Worksheet";
    WORKSHEET_WHY: "この区分はRMSのCSVアップロードに対応していません。下の注文をRMSの画面で1件ずつ登録し、終わったら「済」に印を付けてください。", "RMS takes no CSV for this kind. Enter each order on its RMS screen and tick it off.";

    NOT_IN_CSV: "CSVにできなかった発送（RMSの画面で登録してください）", "Parcels that could not be put into the CSV (enter them on the RMS screen)";
    ROWS_OF: "{name}.csv ({n}行)", "{name}.csv ({n} rows)";
    FILE_REFUSED: "ファイルを読み込めませんでした", "This file could not be read";

    // The story of an order.
    STORY: "注文 {order} の経過", "What happened to order {order}";
    STORY_EMPTY: "この注文の記録はありません", "Nothing is recorded about this order";
    EV_READ: "ファイルを読み込み", "read from a file";
    EV_LOOKED: "RMSで注文を確認", "looked at in RMS";
    EV_ADOPTED: "取込時の値を保存", "baseline adopted";
    EV_REJECTED: "エラー（要修正）", "rejected";
    EV_BRAKE: "上限超過のため保留", "held by the brake";
    EV_CONFLICT: "不一致（要確認）", "conflict";
    EV_APPROVED: "承認されました", "approved";
    EV_NOT_SENT: "送信されませんでした", "did not leave";
    D_FILE: "ファイル", "file";
    D_LINE: "行", "line";

    // In error sheets; whoever reads one again knows them.
    ROW_TO_MEND: "【要修正】行を直したらこの欄を消してください", "[to mend] clear this cell when the row is whole";
    SURPLUS: "はみ出し", "surplus";
    D_STAGE: "処理", "stage";
    D_KIND: "区分", "kind";
    D_OP: "API", "call";
    D_REQUEST: "受付番号", "request id";
    D_ATTEMPT: "回数", "attempt";
    D_STATE: "注文の状態", "order state";
    D_MESSAGE: "メッセージ", "message";
    D_CODE: "コード", "code";
    D_ROW: "発送明細ID", "shipping row";
    D_CONTENT: "内容", "content";
    D_CALL: "RMS問い合わせ番号", "RMS reply id";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::decode;
    use crate::flow::encode::{Unmappable, cp932};
    use crate::model::sheet::Encoding;

    fn check(label: &Label, values: &[(&str, &str)], ja: &str, en: &str) {
        assert_eq!((label.fill(Lang::Ja, values).as_str(), label.fill(Lang::En, values).as_str()), (ja, en));
    }

    #[test]
    fn places_are_filled() {
        check(&PLACE, &[("file", "a.csv"), ("line", "3")], "a.csv 3行目", "a.csv line 3");
    }

    #[test]
    fn japanese_labels_survive_excels_cp932() {
        for (name, label) in ALL {
            let bytes = cp932(label.ja, Unmappable::Stop).unwrap_or_else(|bad| panic!("{name}: {bad:?}"));
            assert_eq!(decode::cell(&bytes, Encoding::Cp932).unwrap(), label.ja, "{name}");
            assert!(!label.en.is_empty(), "{name}");
        }
    }
}
