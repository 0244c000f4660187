//! The settings there are: every key of a pipeline file and of `denpyo.toml`, with its form, its
//! default and a sentence in both languages. A new setting starts here; the check, the schema and
//! the list of keys follow by themselves. What a value then means is not known here.

use super::forms::{DAY, Form, READ_ENCODINGS, WRITE_ENCODINGS};
use super::shape::{Book, Choice, Key, Shape};

/// The mall's states of an order.
pub const STATES: [i64; 9] = [100, 200, 300, 400, 500, 600, 700, 800, 900];

/// Rows a file for the mall may hold at most.
const ROWS_PER_FILE_MOST: i64 = 5000;
/// The mall searches orders no further back than this.
const SEARCH_DAYS_MOST: u64 = 730;
/// Days the mall's own pages keep open orders; also a sensible end for waiting.
const WAIT_DAYS_MOST: i64 = 365;

const ANY: Shape = Shape::Text(Form::Any);
const FILLED: Shape = Shape::Text(Form::Filled);
const GLOB: Shape = Shape::Text(Form::Glob);
const PATH: Shape = Shape::Text(Form::Path);

const fn seconds(least: u64, most: u64) -> Shape {
    Shape::Text(Form::Duration { least: least * 1000, most: most * 1000 })
}

const fn days(least: u64, most: u64) -> Shape {
    Shape::Text(Form::Duration { least: least * DAY, most: most * DAY })
}

const fn choice(word: &'static str, ja: &'static str) -> Choice {
    Choice { word, ja }
}

const fn list(of: &'static Shape) -> Shape {
    Shape::List { of, least: 1 }
}

const fn count(least: i64, most: i64) -> Shape {
    Shape::Whole { least, most }
}

/// A pipeline file.
pub static PIPELINE: Book = Book {
    one_of: false,
    keys: &[
        Key::new("name", FILLED, "\"nightly\"", "この設定の名前（半角英数字）", "Name of the pipeline, ASCII.")
            .needed(),
        Key::new(
            "title",
            FILLED,
            "\"夜間バッチ\"",
            "画面や報告に出る名前",
            "Name shown to people; the `name` if left out.",
        ),
        Key::new("shop", FILLED, "\"demo\"", "denpyo.toml の店舗の名前", "The shop's name in denpyo.toml.").needed(),
        Key::new("read", Shape::Named(&Shape::Fixed(&READ)), "{ … }", "ファイルの読み込み", "Files to rows."),
        Key::new("import", Shape::Named(&Shape::Fixed(&IMPORT)), "{ … }", "受注の取込", "Fetch orders."),
        Key::new("cancel", Shape::Named(&Shape::Fixed(&FROM_ONLY)), "{ … }", "キャンセル", "Cancel orders."),
        Key::new("amend", Shape::Named(&Shape::Fixed(&AMEND)), "{ … }", "受注情報（金額）の更新", "Correct amounts."),
        Key::new("confirm", Shape::Named(&Shape::Fixed(&CONFIRM)), "{ … }", "注文確認", "Confirm orders."),
        Key::new("ship", Shape::Named(&Shape::Fixed(&SHIP)), "{ … }", "荷物番号の反映", "Report tracking numbers."),
        Key::new(
            "mark",
            Shape::Named(&Shape::Fixed(&MARK)),
            "{ … }",
            "サブステータス・ひとことメモ",
            "Set sub-statuses and memos.",
        ),
        Key::new("deliver", Shape::Fixed(&DELIVER), "{ … }", "反映のしかた", "How changes reach the mall."),
        Key::new("notify", Shape::Fixed(&NOTIFY), "{ … }", "終了時の通知", "What is run when a run has ended."),
        Key::new(
            "example",
            Shape::List { of: &Shape::Fixed(&EXAMPLE), least: 0 },
            "[[example]]",
            "`denpyo check` で試す例",
            "Rows that `denpyo check` tries, without a shop.",
        ),
    ],
};

static READ: Book = Book {
    one_of: false,
    keys: &[
        Key::new(
            "files",
            Shape::Either(&[GLOB, list(&GLOB)]),
            "\"inbox/yamato/*.csv\"",
            "読むファイル（作業フォルダからの相対）",
            "Files to read, relative to the workspace; a list is allowed.",
        )
        .needed(),
        Key::new(
            "layout",
            FILLED,
            "\"yamato-b2\"",
            "CSVレイアウトの名前",
            "Name of a layout, built in or in layouts/.",
        )
        .needed(),
        Key::new("quiet", seconds(0, 3600), "\"5s\"", "書き込み途中とみなす時間", "How long a file must be untouched.")
            .or("\"5s\""),
        Key::new(
            "expect",
            Shape::Word(&[choice("daily", "毎日"), choice("weekdays", "平日")]),
            "\"daily\"",
            "毎日または平日に必ず届くはずのファイル",
            "Say so when no file came.",
        ),
        Key::new(
            "encoding",
            Shape::Text(Form::Encoding(READ_ENCODINGS)),
            "\"cp932\"",
            "文字コード（通常は自動判定）",
            "Encoding, instead of the layout's.",
        ),
        Key::new(
            "delimiter",
            Shape::Text(Form::Delimiter),
            "\"tab\"",
            "区切り文字",
            "Field separator, instead of the layout's.",
        ),
        Key::new(
            "header",
            Shape::Either(&[
                Shape::Flag,
                Shape::Word(&[choice("yes", "あり"), choice("no", "なし"), choice("auto", "自動")]),
            ]),
            "\"no\"",
            "見出し行の有無",
            "Whether the first record names the columns.",
        ),
        Key::new(
            "key",
            Shape::Either(&[
                Shape::Word(&[choice("order-number", "注文番号"), choice("serial", "連番")]),
                Shape::Fixed(&KEY_WAY),
            ]),
            "\"order-number\"",
            "注文の見つけ方",
            "How the key column leads to an order.",
        ),
        Key::new(
            "carrier",
            Shape::Text(Form::Carrier),
            "\"1001\"",
            "配送会社コード",
            "Carrier of all rows, instead of the layout's.",
        ),
        Key::new(
            "number_check",
            Shape::Word(&[choice("hold", "保留"), choice("warn", "警告"), choice("off", "なし")]),
            "\"hold\"",
            "送り状番号の検査",
            "What a failed check of a tracking number does.",
        ),
        Key::new(
            "columns",
            Shape::Keyed(&FIELDS, &FILLED),
            "{ number = \"伝票No\" }",
            "この店のファイルでの列名",
            "Names this shop's file uses for the layout's columns.",
        ),
        Key::new(
            "date_patterns",
            list(&FILLED),
            "[\"yyyy/mm/dd\"]",
            "日付の書き方",
            "Date patterns, instead of the layout's.",
        ),
        Key::new(
            "joint",
            Shape::Flag,
            "true",
            "同梱（同じ番号が複数の注文に付く）を許す",
            "One number may stand on several orders.",
        )
        .or("false"),
        Key::new(
            "split_numbers",
            Shape::Flag,
            "true",
            "一つのセルに複数の番号がある",
            "One cell may hold several numbers.",
        )
        .or("false"),
        Key::new(
            "excel_serial_dates",
            Shape::Flag,
            "true",
            "Excelのシリアル値を日付とみなす",
            "Excel serial numbers are dates.",
        )
        .or("false"),
        Key::new(
            "max_file",
            Shape::Text(Form::Size { least: 1 << 10, most: 1 << 40 }),
            "\"2GiB\"",
            "これより大きいファイルは受け付けない",
            "A bigger file is refused.",
        )
        .or("\"2GiB\""),
        Key::new(
            "max_cell",
            Shape::Text(Form::Size { least: 1 << 10, most: 1 << 30 }),
            "\"16MiB\"",
            "これより大きいセルのあるファイルは受け付けない",
            "A file with a bigger cell is refused.",
        )
        .or("\"16MiB\""),
        Key::new(
            "tidy",
            Shape::List { of: &Shape::Fixed(&TIDY), least: 0 },
            "[[read.….tidy]]",
            "読んだ表の下ごしらえ（上から順）",
            "Steps from table to table, in order.",
        ),
    ],
};

/// Logical columns, as `model::layout::Field` names them.
pub static FIELDS: [Choice; 26] = [
    choice("key", "注文番号"),
    choice("basket", "送付先ID"),
    choice("row", "発送明細ID"),
    choice("number", "お荷物伝票番号"),
    choice("carrier", "配送会社"),
    choice("ship_date", "発送日"),
    choice("deleted", "削除区分"),
    choice("action", "処理"),
    choice("several_key", "複数口くくりキー"),
    choice("slip_kind", "送り状種類"),
    choice("parcels", "個口数"),
    choice("delivery_method", "配送方法"),
    choice("item", "商品明細ID"),
    choice("postage", "送料"),
    choice("cod_fee", "代引料"),
    choice("price", "単価"),
    choice("price_excluded", "税別単価"),
    choice("price_included", "税込単価"),
    choice("units", "個数"),
    choice("tax_rate", "税率"),
    choice("tax", "消費税"),
    choice("reason", "減額理由"),
    choice("restock", "在庫連動"),
    choice("returned", "返品済"),
    choice("sub_status", "サブステータス"),
    choice("memo", "ひとことメモ"),
];

static KEY_WAY: Book = Book {
    one_of: true,
    keys: &[
        Key::new(
            "branch",
            Shape::Either(&[list(&FILLED), Shape::Fixed(&BRANCH)]),
            "{ branch = [\"_\"] }",
            "注文番号のあとの枝番の区切り",
            "Separators of a branch behind the order number.",
        ),
        Key::new(
            "bridge",
            Shape::Fixed(&BRIDGE),
            "{ bridge = { file = \"keys.csv\" } }",
            "管理番号の対応表",
            "A list that leads from a key to orders.",
        ),
    ],
};

static BRANCH: Book = Book {
    one_of: false,
    keys: &[Key::new("separators", list(&FILLED), "[\"_\"]", "枝番の区切り", "Separators of the branch.").needed()],
};

static BRIDGE: Book = Book {
    one_of: false,
    keys: &[
        Key::new("file", PATH, "\"keys.csv\"", "対応表のファイル", "The list's file.").needed(),
        Key::new("key", FILLED, "\"管理番号\"", "対応表の管理番号の列", "Its column of keys.").or("\"管理番号\""),
        Key::new("order", FILLED, "\"注文番号\"", "対応表の注文番号の列", "Its column of order numbers.")
            .or("\"注文番号\""),
        Key::new("basket", FILLED, "\"送付先ID\"", "対応表の送付先IDの列", "Its column of destinations."),
    ],
};

static TIDY: Book = Book {
    one_of: true,
    keys: &[
        Key::new(
            "filter",
            Shape::Fixed(&FILTER),
            "{ column = \"伝票番号\", not_empty = true }",
            "残す行を選ぶ",
            "Keep the rows that pass.",
        ),
        Key::new(
            "rename",
            Shape::Fixed(&RENAME),
            "{ columns = { \"旧\" = \"新\" } }",
            "列名を変える",
            "Rename columns.",
        ),
        Key::new(
            "replace",
            Shape::Fixed(&REPLACE),
            "{ column = \"区分\", values = { \"済\" = \"1\" } }",
            "値を置き換える",
            "Replace values.",
        ),
        Key::new(
            "lookup",
            Shape::Fixed(&LOOKUP),
            "{ file = \"methods.csv\", column = \"方法\", key = \"方法\", take = [\"コード\"] }",
            "別のCSVから列を足す",
            "Add columns from another CSV.",
        ),
        Key::new(
            "split",
            Shape::Fixed(&SPLIT),
            "{ column = \"番号\", separator = \"/\" }",
            "セルを分けて行にする",
            "One row for each part of a cell.",
        ),
        Key::new(
            "dedupe",
            Shape::Fixed(&COLUMNS),
            "{ columns = [\"注文番号\"] }",
            "重複行を除く",
            "Keep the first of equal rows.",
        ),
        Key::new(
            "fill",
            Shape::Fixed(&FILL),
            "{ column = \"配送会社\", value = \"1001\" }",
            "空欄を埋める",
            "Give empty cells a value.",
        ),
        Key::new(
            "trim",
            Shape::Fixed(&COLUMNS),
            "{ columns = [\"注文番号\"] }",
            "前後の空白を取る",
            "Cut blanks at both ends.",
        ),
    ],
};

const TEXT_OR_LIST: Shape = Shape::Either(&[ANY, list(&ANY)]);

static FILTER: Book = Book {
    one_of: false,
    keys: &[
        Key::new("column", FILLED, "\"伝票番号\"", "調べる列", "The column looked at.").needed(),
        Key::new("not_empty", Shape::Flag, "true", "空欄でない", "Not empty."),
        Key::new("empty", Shape::Flag, "true", "空欄である", "Empty."),
        Key::new("equals", TEXT_OR_LIST, "\"1\"", "等しい（一覧ならどれか）", "Equal to this, or to one of these."),
        Key::new("not_equals", TEXT_OR_LIST, "\"1\"", "等しくない（一覧ならどれとも）", "Equal to none of these."),
        Key::new("contains", FILLED, "\"済\"", "含む", "Contains this."),
        Key::new("starts_with", FILLED, "\"A\"", "始まる", "Starts with this."),
    ],
};

/// The tests of a filter; exactly one is written.
pub const FILTER_TESTS: [&str; 6] = ["not_empty", "empty", "equals", "not_equals", "contains", "starts_with"];

static RENAME: Book = Book {
    one_of: false,
    keys: &[Key::new("columns", Shape::Open(&FILLED), "{ \"旧\" = \"新\" }", "旧 → 新", "Old name to new.").needed()],
};

static REPLACE: Book = Book {
    one_of: false,
    keys: &[
        Key::new("column", FILLED, "\"区分\"", "列", "The column.").needed(),
        Key::new("values", Shape::Open(&ANY), "{ \"済\" = \"1\" }", "前 → 後", "Old value to new.").needed(),
        Key::new("contains", Shape::Flag, "true", "一部だけの一致でも置き換える", "Replace parts of a cell too.")
            .or("false"),
    ],
};

static LOOKUP: Book = Book {
    one_of: false,
    keys: &[
        Key::new("file", PATH, "\"methods.csv\"", "別のCSV", "The other CSV.").needed(),
        Key::new("column", FILLED, "\"方法\"", "こちらの列", "The column on this side.").needed(),
        Key::new("key", FILLED, "\"方法\"", "相手の列", "The column on the other side.").needed(),
        Key::new("take", list(&FILLED), "[\"コード\"]", "取り込む列", "Columns to take over.").needed(),
    ],
};

static SPLIT: Book = Book {
    one_of: false,
    keys: &[
        Key::new("column", FILLED, "\"番号\"", "列", "The column.").needed(),
        Key::new("separator", ANY, "\"/\"", "区切り", "What stands between the parts.").needed(),
    ],
};

static COLUMNS: Book = Book {
    one_of: false,
    keys: &[Key::new("columns", list(&FILLED), "[\"注文番号\"]", "列", "The columns.").needed()],
};

static FILL: Book = Book {
    one_of: false,
    keys: &[
        Key::new("column", FILLED, "\"配送会社\"", "列", "The column.").needed(),
        Key::new("value", FILLED, "\"1001\"", "値", "The value.").needed(),
    ],
};

static IMPORT: Book = Book {
    one_of: false,
    keys: &[
        Key::new("progress", list(&Shape::State), "[100, 300]", "取り込むステータス", "States to fetch.")
            .or("[100, 200, 300, 400, 800]"),
        Key::new(
            "since",
            days(1, SEARCH_DAYS_MOST),
            "\"63d\"",
            "何日前の注文から",
            "How far back closed orders are looked for.",
        )
        .or("\"63d\""),
        Key::new(
            "open_since",
            days(1, SEARCH_DAYS_MOST),
            "\"180d\"",
            "未完了の注文をさかのぼる日数",
            "How far back open orders are searched in every run.",
        )
        .or("\"180d\""),
        Key::new("refresh", Shape::Flag, "true", "取込時の値を毎回更新する", "Move the baseline at every import.")
            .or("false"),
        Key::new("from", FILLED, "\"orders\"", "受注CSVから再取込する", "Re-import from a read of order CSVs."),
        Key::new(
            "export",
            Shape::Fixed(&EXPORT),
            "{ layout = \"rms-orders\", encoding = \"cp932\" }",
            "他システム用の書き出し",
            "Write what was fetched as CSV.",
        ),
    ],
};

static EXPORT: Book = Book {
    one_of: false,
    keys: &[
        Key::new("layout", FILLED, "\"rms-orders\"", "書き出すレイアウト", "Layout written.").needed(),
        Key::new(
            "encoding",
            Shape::Text(Form::Encoding(WRITE_ENCODINGS)),
            "\"cp932\"",
            "文字コード",
            "Encoding written.",
        )
        .or("\"cp932\""),
    ],
};

const FROM: Key = Key::new("from", FILLED, "\"…\"", "どの読み込みから", "The `[read.…]` the rows come from.");

static FROM_ONLY: Book = Book { one_of: false, keys: &[FROM.needed()] };

static AMEND: Book = Book {
    one_of: false,
    keys: &[
        FROM.needed(),
        Key::new(
            "fields",
            list(&Shape::Word(&[
                choice("postage", "送料"),
                choice("cod_fee", "代引料"),
                choice("units", "個数"),
                choice("price", "単価"),
                choice("tax_rate", "税率"),
            ])),
            "[\"postage\", \"units\", \"price\"]",
            "反映する項目",
            "Values this stage may touch.",
        )
        .needed(),
        Key::new(
            "tax",
            Shape::Word(&[choice("included", "税込"), choice("excluded", "税別")]),
            "\"included\"",
            "単価が税込か税別か",
            "Whether prices in the file include tax.",
        )
        .needed(),
        Key::new(
            "reduction_reason",
            Shape::Either(&[Shape::Text(Form::Reason), Shape::Whole { least: 1, most: 15 }, Shape::Fixed(&REASON)]),
            "{ column = \"減額理由\" }",
            "減額理由の決め方",
            "Where the reason for a reduction comes from.",
        ),
    ],
};

static REASON: Book = Book {
    one_of: true,
    keys: &[
        Key::new("column", FILLED, "\"減額理由\"", "理由の列", "A column of the file."),
        Key::new("code", count(1, 15), "8", "理由コード", "One code for all."),
    ],
};

static CONFIRM: Book = Book {
    one_of: false,
    keys: &[
        Key::new("from", FILLED, "\"new\"", "どの取込・読み込みから", "An `[import.…]` or a `[read.…]`.").needed(),
        Key::new(
            "hold",
            Shape::Fixed(&HOLD),
            "{ remarks = true }",
            "人の確認を待つ条件",
            "What makes an order wait for a person.",
        ),
        Key::new(
            "min_age",
            seconds(0, 7 * 86_400),
            "\"60m\"",
            "注文からこの時間は待つ",
            "Younger orders wait: buyers may still cancel.",
        )
        .or("\"60m\""),
    ],
};

static HOLD: Book = Book {
    one_of: false,
    keys: &[
        Key::new("remarks", Shape::Flag, "true", "備考がある", "The buyer left remarks.").or("false"),
        Key::new("isolated_island", Shape::Flag, "true", "離島", "A remote island.").or("false"),
        Key::new("caution", Shape::Flag, "true", "注意表示", "The mall shows a caution.").or("false"),
        Key::new("not_fixed", Shape::Flag, "true", "金額が未確定", "An amount is not fixed yet.").or("false"),
        Key::new(
            "total_over",
            count(1, 1_000_000_000),
            "100000",
            "合計がこの円を超える",
            "The total is above so many yen.",
        ),
    ],
};

static SHIP: Book = Book {
    one_of: false,
    keys: &[
        FROM.needed(),
        Key::new(
            "ship_date",
            Shape::Either(&[FILLED, list(&FILLED)]),
            "\"出荷予定日\"",
            "発送日の列（一覧なら最初に値のあるもの）または \"run-date\"",
            "Column of the ship date (of a list the first that is filled), or \"run-date\".",
        )
        .needed(),
        Key::new(
            "second_number",
            Shape::Word(&[choice("hold", "保留"), choice("add", "追加"), choice("replace", "訂正")]),
            "\"hold\"",
            "同じ送付先に別の番号があるとき",
            "A second number for one destination.",
        )
        .or("\"hold\""),
        Key::new(
            "no_number",
            Shape::List { of: &FILLED, least: 0 },
            "[\"定形外郵便\"]",
            "番号のない配送方法",
            "Methods whose parcels have no number.",
        )
        .or("[]"),
        Key::new(
            "days_ahead",
            count(0, 365),
            "7",
            "発送日が実行日から何日先まで許されるか",
            "Days after the run a ship date may lie.",
        )
        .or("7"),
    ],
};

static MARK: Book = Book {
    one_of: false,
    keys: &[
        FROM.needed(),
        Key::new(
            "memo",
            Shape::Word(&[choice("append", "追記"), choice("replace", "置き換え")]),
            "\"append\"",
            "ひとことメモの書き方",
            "Whether a memo is added to or replaced.",
        )
        .or("\"append\""),
    ],
};

static DELIVER: Book = Book {
    one_of: false,
    keys: &[
        Key::new(
            "via",
            Shape::Word(&[choice("api", ""), choice("csv", ""), choice("review", "確認")]),
            "\"api\"",
            "反映の経路",
            "The way changes leave: the API, CSV to upload, or only for review.",
        )
        .or("\"api\""),
        Key::new(
            "fallback",
            Shape::Word(&[choice("csv", ""), choice("none", "なし")]),
            "\"csv\"",
            "APIが使えない夜にCSVを出すか",
            "What is written when the API cannot be used tonight.",
        )
        .or("\"none\""),
        Key::new(
            "settle",
            seconds(0, 7 * 86_400),
            "\"30m\"",
            "結果未確認を不在とみなすまで",
            "How long an unheard change is held before it may be thought absent.",
        )
        .or("\"30m\""),
        Key::new(
            "wait",
            seconds(0, 86_400),
            "\"5m\"",
            "非同期の結果を待つ時間",
            "How long a run waits for asynchronous results.",
        )
        .or("\"5m\""),
        Key::new(
            "wait_days",
            count(0, WAIT_DAYS_MOST),
            "7",
            "自動待ちの日数",
            "Days a row that only needs time is tried again.",
        )
        .or("7"),
        Key::new(
            "approve",
            Shape::List {
                of: &Shape::Word(&[
                    choice("increase", "増額"),
                    choice("decrease", "減額"),
                    choice("cancel", "キャンセル"),
                    choice("confirm", "注文確認"),
                    choice("ship", "発送"),
                    choice("mark", "サブステータス"),
                ]),
                least: 0,
            },
            "[\"increase\", \"cancel\"]",
            "人の承認が必要な変更",
            "Kinds that wait for a person's approval.",
        )
        .or("[\"increase\", \"cancel\"]"),
        Key::new(
            "brake",
            Shape::Fixed(&BRAKE),
            "{ cancels = 20 }",
            "上限（超えた種類は保留）",
            "More of one kind than this holds that kind.",
        ),
        Key::new(
            "resend_absent",
            Shape::Flag,
            "true",
            "不在と確かめた行を人を介さず再送する",
            "An added row found absent may be planned again without a person.",
        )
        .or("false"),
        Key::new(
            "rows_per_file",
            count(1, ROWS_PER_FILE_MOST),
            "5000",
            "アップロード用CSVの行数",
            "Rows of a file to upload.",
        )
        .or("5000"),
        Key::new(
            "max_age",
            seconds(3600, 30 * 86_400),
            "\"24h\"",
            "APIなしのときRMSのダウンロードが有効な時間",
            "Without the API: how long dropped RMS downloads count.",
        )
        .or("\"24h\""),
    ],
};

static BRAKE: Book = Book {
    one_of: false,
    keys: &[
        Key::new("changes", count(0, 1_000_000), "5000", "発送以外の件数", "Changes of all kinds but shipping.")
            .or("5000"),
        Key::new("ship", count(0, 1_000_000), "20000", "発送の件数", "Shipping changes.").or("20000"),
        Key::new(
            "decrease_yen",
            count(0, 100_000_000_000),
            "300000",
            "減額の合計（円）",
            "Sum of all reductions in yen.",
        )
        .or("300000"),
        Key::new("cancels", count(0, 1_000_000), "20", "キャンセルの件数", "Cancellations.").or("20"),
    ],
};

static NOTIFY: Book = Book {
    one_of: false,
    keys: &[Key::new(
        "command",
        list(&FILLED),
        "[\"/usr/local/bin/notify\"]",
        "実行するコマンド",
        "Command and its arguments.",
    )
    .needed()],
};

const CELL: Shape = Shape::Either(&[ANY, count(i64::MIN, i64::MAX)]);

static EXAMPLE: Book = Book {
    one_of: false,
    keys: &[
        Key::new("name", FILLED, "\"二つの荷物\"", "例の名前", "Name of the example.").needed(),
        Key::new("read", FILLED, "\"yamato\"", "どの読み込みの例か", "The `[read.…]` it is for.").needed(),
        Key::new(
            "rows",
            Shape::List { of: &Shape::Open(&CELL), least: 1 },
            "[ { \"列\" = \"値\" } ]",
            "入力の行",
            "Rows put in.",
        )
        .needed(),
        Key::new(
            "expect",
            Shape::List { of: &Shape::Open(&CELL), least: 0 },
            "[ { order = \"…\" } ]",
            "期待する結果",
            "What must come out; only named keys are compared.",
        )
        .or("[]"),
        Key::new("rejected", count(0, 1_000_000), "0", "エラーになる行数", "Rows that must be rejected.").or("0"),
    ],
};

/// `denpyo.toml`.
pub static SHOPS: Book = Book {
    one_of: false,
    keys: &[Key::new("shop", Shape::Named(&Shape::Fixed(&SHOP)), "{ … }", "店舗", "The shops.").needed()],
};

static SHOP: Book = Book {
    one_of: false,
    keys: &[
        Key::new(
            "url",
            Shape::Text(Form::ShopId),
            "\"demo-shop\"",
            "店舗URL（店舗IDの部分だけ）",
            "The shop's id as in its address.",
        )
        .needed(),
        Key::new(
            "service_secret",
            Shape::Secret(&SECRET),
            "{ env = \"DENPYO_SERVICE_SECRET\" }",
            "サービスシークレットの置き場所",
            "Where the service secret comes from.",
        )
        .needed(),
        Key::new(
            "license_key",
            Shape::Secret(&SECRET),
            "{ env = \"DENPYO_LICENSE_KEY\" }",
            "ライセンスキーの置き場所",
            "Where the licence key comes from.",
        )
        .needed(),
        Key::new(
            "next_license_key",
            Shape::Secret(&SECRET),
            "{ env = \"DENPYO_NEXT_LICENSE_KEY\" }",
            "次のライセンスキーの置き場所",
            "The next key; tried first, the old one stays until it works.",
        ),
        Key::new("endpoint", Shape::Text(Form::Endpoint), "\"http://127.0.0.1:18080\"", "接続先", "Where calls go.")
            .or("\"https://api.rms.rakuten.co.jp\""),
        Key::new(
            "live",
            Shape::Flag,
            "true",
            "本番へ送信してよい",
            "Without it nothing is sent to anything but this machine.",
        )
        .or("false"),
        Key::new(
            "pace",
            Shape::Text(Form::Duration { least: 0, most: 60_000 }),
            "\"1s\"",
            "呼び出しの間隔",
            "Time between the starts of two calls.",
        )
        .or("\"1s\""),
        Key::new(
            "maintenance",
            Shape::List { of: &Shape::Text(Form::Window), least: 0 },
            "[\"Sun 02:00-09:00\"]",
            "メンテナンス時間（日本時間）",
            "Maintenance windows, JST.",
        )
        .or("[]"),
        Key::new(
            "carriers",
            Shape::Open(&Shape::Text(Form::Carrier)),
            "{ \"宅配便\" = \"1001\" }",
            "配送方法 → 配送会社コード",
            "Delivery method to carrier.",
        ),
        Key::new(
            "key_grace",
            seconds(0, 86_400),
            "\"2h\"",
            "キー拒否が続いたらCSVに切り替えるまで",
            "How long a refused key is waited for.",
        )
        .or("\"2h\""),
        Key::new(
            "tax_rounding",
            Shape::Word(&[choice("down", "切り捨て"), choice("half_up", "四捨五入"), choice("up", "切り上げ")]),
            "\"down\"",
            "消費税の端数処理",
            "How the shop rounds tax.",
        ),
        Key::new(
            "day_starts",
            Shape::Text(Form::Clock),
            "\"05:00\"",
            "営業日の始まり（日本時間）",
            "When a business day starts, JST.",
        )
        .or("\"05:00\""),
        Key::new(
            "order_prefix",
            Shape::Text(Form::Digits { least: 4, most: 10 }),
            "\"555001\"",
            "注文番号の先頭の数字",
            "Digits at the front of this shop's order numbers.",
        ),
        Key::new("ca_file", PATH, "\"ca.pem\"", "追加のCA証明書（PEM）", "Extra CA certificates (PEM)."),
        Key::new(
            "retention_days",
            count(1, 3650),
            "90",
            "取込済みファイルの保存日数",
            "Days archived files are kept before `purge` takes them.",
        )
        .or("90"),
    ],
};

static SECRET: Book = Book {
    one_of: true,
    keys: &[
        Key::new(
            "env",
            Shape::Text(Form::EnvName),
            "{ env = \"DENPYO_LICENSE_KEY\" }",
            "環境変数の名前",
            "Name of an environment variable.",
        ),
        Key::new(
            "file",
            Shape::Text(Form::AnyPath),
            "{ file = \"secrets/license\" }",
            "ファイル（本人だけが読めるもの）",
            "A file that only its owner can read.",
        ),
        Key::new("command", list(&FILLED), "[\"pass\", \"rms/license\"]", "コマンド", "A command that prints it."),
    ],
};
