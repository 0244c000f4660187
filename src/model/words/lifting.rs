//! Words about cells that had to be understood, and about the layout files and tidy steps that say how.

use super::words;

words! {
    CELL_NAN = "cell-nan": "`{value}` は空欄として扱いました", "`{value}` was taken as an empty cell"; "元データの出力設定を確認してください", "check how the file was written";
    WIDTH_FOLDED = "width-folded": "全角の `{value}` を `{taken}` と読みました", "full-width `{value}` was read as `{taken}`"; "操作は不要です", "nothing to do";
    FLAG_UNKNOWN = "flag-unknown": "`{value}` が「はい」か「いいえ」か分かりません", "`{value}` is neither yes nor no"; "○ または空欄にしてください", "write ○ or leave the cell empty";

    NUMBER_EMPTY = "number-empty": "送り状番号が空欄です", "the tracking number is empty"; "番号を入れて再投入してください。番号の無い配送方法なら no_number に登録してください", "put the number in and drop the row again; a delivery that has none belongs in `no_number`";
    NUMBER_SCIENTIFIC = "number-scientific": "送り状番号 `{value}` は表計算ソフトで桁が失われています", "a spreadsheet has thrown digits of tracking number `{value}` away"; "配送会社のツールから出力し直し、Excelで保存せずに投入してください", "export the file again and drop it without saving it in a spreadsheet";
    NUMBER_FLOAT = "number-float": "送り状番号 `{value}` に小数が付いています", "tracking number `{value}` carries a decimal part"; "元の番号を確認して文字列で入れ直してください", "look up the number and write it as text";
    NUMBER_TAIL_CUT = "number-tail-cut": "送り状番号 `{value}` の小数部を除き `{taken}` としました", "the decimal part of `{value}` was cut: `{taken}`"; "操作は不要です", "nothing to do";
    NUMBER_ZEROS_ADDED = "number-zeros-added": "送り状番号 `{value}` の先頭に0を補い `{taken}` としました", "leading zeros were put back: `{value}` is `{taken}`"; "操作は不要です", "nothing to do";
    NUMBERS_ALL_SHORT = "numbers-all-short": "このファイルでは {all} 件中 {short} 件の送り状番号の桁が足りません。別の配送会社の番号かもしれません", "{short} of {all} tracking numbers in this file lack digits; they may be another carrier's"; "配送会社を確認してください。正しければ、配送会社のツールから出力し直してExcelで保存せずに投入するか、先頭の0を補って再投入してください", "check the carrier; if it is right, export the file again and drop it without saving it in a spreadsheet, or put the zeros back";
    NUMBER_COUNTER_CUT = "number-counter-cut": "送り状番号 `{value}` から個口番号などを除き `{taken}` としました", "the parcel counter of `{value}` was cut: `{taken}`"; "操作は不要です", "nothing to do";
    NUMBER_UNISSUED = "number-unissued": "`{value}` は未発行の伝票に付く内部番号で、送り状番号ではありません", "`{value}` is the tool's own number of a slip not yet issued, no tracking number"; "送り状を発行してから出力し直してください", "issue the slip, then export again";
    NUMBER_PLACEHOLDER = "number-placeholder": "`{value}` は仮の番号です", "`{value}` is a placeholder"; "実際の送り状番号を入れてください", "put the real number in";
    NUMBER_SEVERAL = "number-several": "1つの欄に送り状番号が {count} 件あります: `{value}`", "one cell holds {count} tracking numbers: `{value}`"; "1行1番号に分けるか、読み込み設定で split_numbers = true にしてください", "put one number on each row, or set `split_numbers = true`";
    NUMBER_LONG = "number-long": "送り状番号が {limit} 文字を超えています", "the tracking number has more than {limit} characters"; "番号を確認してください: `{value}`", "check the number: `{value}`";
    NUMBER_SHAPE = "number-shape": "送り状番号に使えない文字があります: `{value}`", "the tracking number has characters that cannot be sent: `{value}`"; "半角英数字で入れてください", "use half-width letters and digits";
    NUMBER_LETTERS = "number-letters": "送り状番号 `{value}` に数字以外の文字があります", "tracking number `{value}` has characters other than digits"; "番号を確認してください", "check the number";
    NUMBER_LENGTH = "number-length": "送り状番号 `{value}` は {found} 桁です（正しくは {expected} 桁）", "tracking number `{value}` has {found} digits, not {expected}"; "番号を確認してください。先頭の0や末尾が欠けていることがあります。この桁数で正しければ、layouts/ に自分のレイアウトを置き lengths に桁数を書いてください", "check the number; zeros in front or digits at the end may be missing. If it is right, put a layout of your own in layouts/ and add its length to `lengths`";
    NUMBER_DIGIT = "number-digit": "送り状番号 `{value}` のチェックデジットが合いません", "tracking number `{value}` does not pass its check digit"; "番号を確認してください。正しいのに止まる場合は読み込み設定の number_check を warn にします", "check the number; if it is right all the same, set `number_check` to warn";

    DATE_EMPTY = "date-empty": "発送日が空欄です", "the ship date is empty"; "発送日を入れて再投入してください", "put the ship date in and drop the row again";
    DATE_COLUMN_MISSING = "date-column-missing": "発送日の列 `{columns}` がファイルにありません", "the file has no column `{columns}` for the ship date"; "パイプラインの ship_date を確認してください", "check `ship_date` in the pipeline";
    DATE_IMPOSSIBLE = "date-impossible": "`{value}` は暦にない日付です", "`{value}` is no day of the calendar"; "日付を直してください", "mend the date";
    DATE_SERIAL = "date-serial": "`{value}` はExcelのシリアル値のようです", "`{value}` looks like a spreadsheet's serial number"; "日付の表示形式で保存し直すか、excel_serial_dates = true にしてください", "save the column as dates, or set `excel_serial_dates = true`";
    DATE_SERIAL_TAKEN = "date-serial-taken": "シリアル値 `{value}` を {taken} と読みました", "serial `{value}` was read as {taken}"; "操作は不要です", "nothing to do";
    DATE_NO_YEAR = "date-no-year": "`{value}` には年がありません", "`{value}` has no year"; "年月日で入れてください（例: 2026/01/05）", "write year, month and day, like 2026/01/05";
    DATE_DAY_FIRST = "date-day-first": "`{value}` は日や月が先の書き方で、取り違えるおそれがあります", "`{value}` begins with a day or month and could be mistaken"; "年月日の順で入れてください（例: 2026/01/05）", "write year, month and day, like 2026/01/05";
    DATE_FORM = "date-form": "`{value}` を日付として読めません（使える形: {patterns}）", "`{value}` is not a date of a known form ({patterns})"; "日付の形を直すか、レイアウトの dates に形を足してください", "mend the date, or add its form to `dates` of the layout";

    AMOUNT_FORM = "amount-form": "`{value}` を金額として読めません", "`{value}` is not an amount of yen"; "円単位の整数で入れてください", "write whole yen";
    AMOUNT_NEGATIVE = "amount-negative": "金額が負の値です: `{value}`", "the amount is negative: `{value}`"; "訂正後の金額そのものを入れてください", "write the amount as it shall be, not the difference";
    AMOUNT_OPEN_MARK = "amount-open-mark": "`{value}` は未確定を表す値で、金額ではありません", "`{value}` marks an open amount and is none itself"; "未確定に戻す場合は「未確定」と書き、それ以外は空欄にしてください", "write 未確定 to open the amount again, else leave the cell empty";
    AMOUNT_LARGE = "amount-large": "金額の桁が多すぎます: `{value}`", "the amount has too many digits: `{value}`"; "金額を確認してください", "check the amount";
    UNITS_FORM = "units-form": "`{value}` を個数として読めません", "`{value}` is not a count"; "0以上の整数で入れてください", "write a whole number from 0";
    RATE_FORM = "rate-form": "`{value}` を税率として読めません", "`{value}` is not a tax rate"; "10%、8%、0% のように入れてください", "write it like 10%, 8% or 0%";
    PRICE_TWICE = "price-twice": "単価が2つの列で食い違っています: `{first}` と `{second}`", "two columns give different prices: `{first}` and `{second}`"; "どちらか一方だけにしてください", "keep one of them";
    TAX_IGNORED = "tax-ignored": "税込の設定のため消費税の列は使いません", "the tax column is not used: prices are set as tax-included"; "操作は不要です。RMSが税率から計算します", "nothing to do; RMS computes it from the rate";
    FIELD_OUTSIDE = "field-outside": "反映できない項目です: {column} `{value}`", "this column is not updated by the pipeline: {column} `{value}`"; "fields に項目を足すか、欄を空にしてください", "add it to `fields`, or empty the cell";

    KEY_EMPTY = "key-empty": "{column} が空欄です", "{column} is empty"; "注文番号を入れて再投入してください。注文番号が別の列にあるファイルなら、読み込み設定の columns に key = \"列名\" と書いてください", "put the order number in and drop the row again; if the file has it in another column, name that under `columns` of the read stage, like key = \"フリー項目２\"";
    KEY_FORM = "key-form": "`{value}` は注文番号の形ではありません", "`{value}` is not an order number"; "注文番号（店舗番号-日付-連番）を入れるか、読み込み設定の key を見直してください", "use the order number (shop-date-serial), or look at `key` of the source";
    KEY_CUT = "key-cut": "注文番号 `{value}` は途中で切れています（ツールの文字数制限）", "order number `{value}` is cut short by the carrier tool's field limit"; "文字数の多い欄に注文番号を出すか、key に対応表（bridge）か連番（serial）を使ってください", "put it in a longer field, or use `bridge` or `serial` as the key";
    KEY_DAMAGED = "key-damaged": "`{value}` は表計算ソフトで書き換えられています", "a spreadsheet has changed `{value}`"; "元のファイルを出力し直してください", "export the file again";
    KEY_BRANCH = "key-branch": "注文番号に枝番が付いています: `{value}`", "the order number carries a branch: `{value}`"; "枝番を使うツールなら、読み込み設定に key.branch = [\"_\"] のように書いてください", "if the tool adds branches, set `key.branch = [\"_\"]` for the source";
    KEY_ZEROS_ADDED = "key-zeros-added": "連番 `{value}` を `{taken}` と読みました", "serial `{value}` was read as `{taken}`"; "操作は不要です", "nothing to do";
    KEY_SERIAL_UNKNOWN = "key-serial-unknown": "連番 `{value}` に当たる未発送の注文がありません", "no open order has the serial `{value}`"; "注文番号を確認してください", "check the order number";
    KEY_SERIAL_AMBIGUOUS = "key-serial-ambiguous": "連番 `{value}` に当たる注文が複数あります（候補: {orders}）", "several open orders have the serial `{value}`: {orders}"; "注文番号をそのまま入れて再投入してください", "write the whole order number and drop the row again";
    KEY_SERIAL_BLIND = "key-serial-blind": "連番 `{value}` を照合する注文の一覧がありません", "there is no list of open orders to match serial `{value}` with"; "パイプラインに import を入れて受注を取り込んでください", "add an `import` stage, so that the open orders are known";
    KEY_NOT_LISTED = "key-not-listed": "`{value}` が対応表 {file} にありません", "`{value}` is not in the key list {file}"; "対応表を新しくするか、注文番号をそのまま入れてください", "refresh the list, or write the order number itself";
    KEY_LIST_MISSING = "key-list-missing": "対応表 {file} を読めません", "the key list {file} could not be read"; "ファイルの場所と列名（{columns}）を確認してください", "check where the file is and its columns ({columns})";
    KEY_LIST_FAULTY = "key-list-faulty": "対応表で `{value}` に付いた注文番号 `{order}` が正しくありません", "the key list gives `{value}` the order number `{order}`, which is none"; "対応表を直してください", "mend the list";
    BASKET_FORM = "basket-form": "送付先ID `{value}` を読めません", "`{value}` is not a 送付先ID"; "半角数字で入れるか、空欄にしてください", "use half-width digits, or leave it empty";
    ROW_FORM = "row-form": "発送明細ID `{value}` を読めません", "`{value}` is not a 発送明細ID"; "半角数字で入れるか、空欄にしてください", "use half-width digits, or leave it empty";
    ITEM_FORM = "item-form": "商品明細ID `{value}` を読めません", "`{value}` is not a 商品明細ID"; "半角数字で入れてください", "use half-width digits";

    CARRIER_UNKNOWN = "carrier-unknown": "配送会社 `{value}` が分かりません", "carrier `{value}` is not known"; "RMSの配送会社コードか名前を使うか、denpyo.toml の carriers に登録してください", "use the mall's code or name, or add it to `carriers` in denpyo.toml";
    CARRIER_MISSING = "carrier-missing": "配送会社が決まりません", "nothing says who carries the parcel"; "配送会社の列を入れるか、読み込み設定の carrier か denpyo.toml の carriers を設定してください", "fill the carrier column, or set `carrier` for the source or `carriers` in denpyo.toml";
    CARRIER_METHOD_UNKNOWN = "carrier-method-unknown": "配送方法 `{value}` の配送会社が登録されていません", "nothing says who carries delivery method `{value}`"; "denpyo.toml の carriers に \"{value}\" = \"1001\" のように配送会社コードを登録するか、配送会社の列を入れて再投入してください", "add it to `carriers` in denpyo.toml, like \"{value}\" = \"1001\", or fill the carrier column and drop the row again";
    CARRIER_DISAGREE = "carrier-disagree": "配送会社が食い違っています: {first} と {second}", "two carriers are named: {first} and {second}"; "正しい方にそろえて再投入してください", "make them agree and drop the row again";
    CARRIER_OTHER = "carrier-other": "配送会社が「その他」です", "the carrier is その他, which says nothing"; "実際の配送会社を入れてください。本当にその他なら denpyo.toml の carriers に登録してください", "name the real carrier; if there is none, say so in `carriers` of denpyo.toml";

    SLIP_DELETED = "slip-deleted": "削除された伝票です（{column} = `{value}`）", "the slip was deleted in the tool ({column} = `{value}`)"; "操作は不要です", "nothing to do";
    ACTION_UNKNOWN = "action-unknown": "処理 `{value}` が分かりません（使える値: {known}）", "処理 `{value}` is not known (use {known})"; "空欄にするか、使える値に直してください", "leave it empty or use one of these";
    DELETE_WHAT = "delete-what": "どの発送明細を削除するか分かりません", "the row does not say what to delete"; "発送明細IDか送り状番号を入れてください", "give the 発送明細ID or the tracking number";
    ROWS_DISAGREE = "rows-disagree": "同じ対象の行が食い違っています（{first}）", "rows for the same thing disagree (see {first})"; "正しい行だけを残して再投入してください", "keep only the right row and drop it again";
    NOTHING_ASKED = "nothing-asked": "変更する値がありません", "the row asks for nothing"; "操作は不要です", "nothing to do";

    REASON_MISSING = "reason-missing": "キャンセル理由が空欄です", "the reason for the cancellation is empty"; "理由のコードか名前を入れてください（例: 欠品）", "give the reason's code or name, like 欠品";
    REASON_UNKNOWN = "reason-unknown": "理由 `{value}` が分かりません", "reason `{value}` is not known"; "RMSの理由コード（1〜6、8、10、13〜15）か名前を使ってください", "use one of the mall's reason codes (1–6, 8, 10, 13–15) or names";
    REASON_AMBIGUOUS = "reason-ambiguous": "理由「その他」がお客様都合か店舗都合か分かりません", "the reason その他 does not say whose side it is"; "「その他（お客様都合）」か「その他（店舗都合）」と書いてください", "write その他（お客様都合） or その他（店舗都合）";
    RESTOCK_MISSING = "restock-missing": "在庫連動が空欄です", "在庫連動 is empty"; "商品の設定に従う、連動する、連動しない のどれかを入れてください", "write 商品の設定に従う, 連動する or 連動しない";
    RESTOCK_UNKNOWN = "restock-unknown": "在庫連動 `{value}` が分かりません", "在庫連動 `{value}` is not known"; "商品の設定に従う、連動する、連動しない（0、1、2）のどれかにしてください", "write 商品の設定に従う, 連動する or 連動しない (0, 1, 2)";
    MEMO_LONG = "memo-long": "ひとことメモが {limit} 文字を超えています（{count} 文字）", "the memo has {count} characters, more than {limit}"; "短くして再投入してください", "shorten it and drop the row again";

    COLUMN_UNKNOWN = "column-unknown": "列 `{column}` がありません（あるのは: {columns}）", "there is no column `{column}` (there are: {columns})"; "列名を確認してください", "check the name of the column";
    COLUMN_UNKNOWN_NEAR = "column-unknown-near": "列 `{column}` がありません。`{near}` の間違いではありませんか（あるのは: {columns}）", "there is no column `{column}`; did you mean `{near}`? (there are: {columns})"; "列名を確認してください", "check the name of the column";
    COLUMN_TAKEN = "column-taken": "列名 `{column}` は既に使われています", "a column `{column}` is there already"; "別の列名にしてください", "choose another name";
    LOOKUP_MISSING = "lookup-missing": "参照ファイル {file} を読めません", "the lookup file {file} could not be read"; "ファイルの場所を確認してください", "check where the file is";
    LOOKUP_AMBIGUOUS = "lookup-ambiguous": "参照ファイル {file} に `{key}` が異なる内容で複数あります", "the lookup file {file} has `{key}` more than once, with different values"; "参照ファイルの重複を直してください", "mend the doubled key in the lookup file";
    TABLE_FAULT = "table-fault": "整形 {step} を実行できませんでした: {detail}", "the tidy step {step} could not be done: {detail}"; "不具合の可能性があります。この表示を添えて連絡してください", "this may be a bug of ours; please report it with this text";
    TIDY_FILTERED = "tidy-filtered": "絞り込み（{column}）により対象外です", "left out by a filter on {column}"; "操作は不要です", "nothing to do";
    TIDY_DOUBLED = "tidy-doubled": "重複（{columns}）のため対象外です", "left out as a double by {columns}"; "操作は不要です", "nothing to do";

    LAYOUT_SYNTAX = "layout-syntax": "TOMLの書き方に誤りがあります: {detail}", "this is not TOML: {detail}"; "書き方を直してください", "mend the syntax";
    LAYOUT_KEY_UNKNOWN = "layout-key-unknown": "`{key}` という設定はありません", "there is no setting `{key}`"; "使えるのは {known} です", "known are {known}";
    LAYOUT_KEY_MISSING = "layout-key-missing": "`{key}` がありません", "`{key}` is missing"; "`{key}` を書いてください", "add `{key}`";
    LAYOUT_TYPE = "layout-type": "`{key}` は {expected} で書きます（今は {found}）", "`{key}` must be a {expected}, not a {found}"; "値の形を直してください", "mend the value";
    LAYOUT_VALUE = "layout-value": "`{key}` に `{value}` は使えません", "`{value}` is not possible for `{key}`"; "使えるのは {known} です", "possible are {known}";
    LAYOUT_NAME_TWICE = "layout-name-twice": "列名 `{name}` が {first} と {second} の両方にあります", "the column name `{name}` stands for both {first} and {second}"; "どちらか一方から外してください", "take it out of one of them";
    LAYOUT_PLACE_TWICE = "layout-place-twice": "列の位置 {place} が {first} と {second} の両方にあります", "position {place} stands for both {first} and {second}"; "位置を直してください", "mend the position";
    LAYOUT_NEEDED = "layout-needed": "必須の `{field}` が columns にありません", "`{field}` is needed but not among the columns"; "columns に足すか、needed から外してください", "add it to `columns` or take it out of `needed`";
    LAYOUT_PATH = "layout-path": "`{path}` は作業フォルダの外を指しています", "`{path}` leads out of the workspace"; "作業フォルダからの相対パスで書いてください", "write a path relative to the workspace";
}
