//! Words about files, bytes and rows as such.

use super::words;

words! {
    // Files and rows as a run meets them.
    FILE_EXPECTED = "file-expected": "本日のファイルがありません（{read}: {files}）", "today's file did not come ({read}: {files})"; "出力元のシステムを確認し、ファイルを置いてください", "check the system that writes it and drop the file";
    LAYOUT_GONE = "layout-gone": "レイアウト `{layout}` がありません", "there is no layout `{layout}`"; "denpyo check で設定を確認してください", "run `denpyo check`";
    ROW_IS_KNOWLEDGE = "row-is-knowledge": "RMSの現在の内容として読み込みました", "taken as what RMS knows"; "操作は不要です", "nothing to do";
    ROW_NOT_ASKED = "row-not-asked": "今回の対象に指定されていない注文です", "this run was not asked about this order"; "操作は不要です。ファイルは残してあります", "nothing to do; the file stays where it is";
    SIDE_FILE_UNREADABLE = "side-file-unreadable": "参照ファイル `{file}` を読めません（{detail}）", "the file `{file}` that a step refers to cannot be read ({detail})"; "ファイルの場所と権限を確認してください", "check that it exists and may be read";
    FILE_TOO_LARGE = "file-too-large": "ファイルが大きすぎます（{size} バイト、上限 {limit} バイト）", "the file is too large ({size} bytes, the limit is {limit})"; "ファイルを分けて再投入するか、上限の設定を上げてください", "split the file and drop it again, or raise the limit";
    NOT_A_CSV = "not-a-csv": "CSVではなくExcelブックかzipです（拡張子が .csv でも中身は違います）", "this is an Excel workbook or a zip, not a CSV, whatever its name"; "Excelで開き「名前を付けて保存」でCSVを選んで再投入してください", "open it in Excel, save it as CSV and drop it again";
    NUL_IN_FILE = "nul-in-file": "文字ではないデータ（NUL）が含まれています（{offset} バイト目）", "the file holds a NUL byte and is not text (byte {offset})"; "壊れたファイルか文字コードの異なるファイルです。出力し直してください", "the file is damaged or of another encoding; export it again";
    QUOTE_UNCLOSED = "quote-unclosed": "{line}行目で始まった引用符（\"）が閉じていません", "the quote opened on line {line} is never closed"; "ファイルが途中で切れていないか確認し、出力し直してください", "see whether the file was cut short and export it again";
    ENCODING_UNCLEAR = "encoding-unclear": "文字コードを判定できません（{offset} バイト目の {byte} はUTF-8でもShift_JISでもありません）", "neither UTF-8 nor Shift_JIS: byte {offset} is {byte}"; "UTF-8またはShift_JISのCSVとして保存し直してください", "save it again as a UTF-8 or Shift_JIS CSV";
    ENCODING_SETTING = "encoding-setting": "文字コードの設定 `{setting}` は使えません", "`{setting}` is not an encoding that can be set"; "auto、utf-8、cp932、utf-16 のいずれかにしてください", "use auto, utf-8, cp932 or utf-16";
    UTF16_BROKEN = "utf16-broken": "UTF-16のファイルが壊れています（{offset} バイト目）", "the UTF-16 text is broken at byte {offset}"; "出力し直すか、UTF-8のCSVとして保存し直してください", "export it again, or save it as a UTF-8 CSV";
    MOJIBAKE = "mojibake": "文字化けしたファイルです（UTF-8をShift_JISとして開いて保存した形跡）", "the text was garbled earlier: UTF-8 opened as Shift_JIS and saved"; "元のシステムから出力し直してください。元には戻せません", "export it again from where it came; this cannot be undone";
    COLUMN_MISSING = "column-missing": "必要な列 `{column}` がありません（ファイルの列: {found}）", "the needed column `{column}` is not there (the file has: {found})"; "出力設定で列を追加するか、読み込み設定の columns で列名を指定してください", "add the column to the export, or name it under `columns` of the read stage";
    COLUMN_MISSING_LIKE = "column-missing-like": "必要な列 `{column}` がありません。似た列: `{like}`（ファイルの列: {found}）", "the needed column `{column}` is not there; did you mean `{like}`? (the file has: {found})"; "似た列が正しければ、読み込み設定の columns でその列名を指定してください", "if that is the one, name it under `columns` of the read stage";
    COLUMN_TWICE = "column-twice": "必要な列 `{column}` が複数あります（{places} 列目）", "the needed column `{column}` stands more than once (columns {places})"; "列が1つになるように出力し直してください", "export it again with that column once";
    COLUMN_PLACE_UNKNOWN = "column-place-unknown": "見出しのないファイルのため、列 `{column}` の位置が分かりません", "the file has no header, so the place of `{column}` is not known"; "見出し付きで出力するか、レイアウトに列の位置を書いてください", "export it with a header, or give the position in the layout";
    WRONG_FILE = "wrong-file": "別の種類のファイルです（列 `{column}`）: {hint_ja}", "another kind of file (column `{column}`): {hint_en}"; "正しいファイルを出力して投入してください", "export the right file and drop that";
    OTHER_KIND = "other-kind": "「{own}」ではなく「{other}」（`{layout}`）のファイルのようです（列 `{columns}`）", "this looks like a file for the layout `{layout}` ({other}), not like {own} (columns `{columns}`)"; "「{other}」用のフォルダに入れ直してください。このファイルで正しければ、読み込み設定の columns に列名を書いてください（例: number = \"送り状番号\"）", "drop it in the folder that is read with `{layout}`; if it is the right file all the same, name its columns under `columns` of the read stage, like number = \"送り状番号\"";
    COLUMN_COUNT = "column-count": "列の数が違います（{found} 列、想定は {expected} 列）", "the file has {found} columns, not {expected}"; "出力レイアウトを確認してください。別のツールのファイルかもしれません", "check the export's layout; it may be another tool's file";
    COLUMN_COUNT_OTHER = "column-count-other": "列の数が違います（{found} 列、想定は {expected} 列）。{found} 列は「{other}」の形です", "the file has {found} columns, not {expected}; {found} is what {other} has"; "「{other}」用のフォルダに入れ直してください。このファイルで正しければ、見出し付きで出力してください", "drop it in the folder for that; if it is the right file all the same, export it with a header";
    CELLS_FEWER = "cells-fewer": "列が足りません（{found} 列、正しくは {expected} 列）", "the row has too few cells ({found}, not {expected})"; "行が途中で切れていないか、セル内に改行がないか確認して行を直し、「【要修正】」の欄を消して再投入してください", "see whether the row was cut or a cell holds a line break; mend the row, clear the cell that says [to mend] and drop it again";
    CELLS_MORE = "cells-more": "列が多すぎます（{found} 列、正しくは {expected} 列）", "the row has too many cells ({found}, not {expected})"; "値にカンマが含まれていないか確認して行を直し、「【要修正】」の欄を消して再投入してください", "see whether a value holds a comma; mend the row, clear the cell that says [to mend] and drop it again";
    ROW_UNMENDED = "row-unmended": "行の形が崩れたままです（「【要修正】」の欄が残っています）", "the row is still broken (the cell that says [to mend] is there)"; "列が正しい位置に並ぶように行を直し、「【要修正】」の欄を消して再投入してください", "put the cells in their columns, clear the cell that says [to mend] and drop it again";
    TEXT_AFTER_QUOTE = "text-after-quote": "閉じた引用符（\"）の後に文字があります", "text stands after a closing quote"; "引用符の使い方を直し（値の中の \" は \"\" と書きます）、「【要修正】」の欄を消して再投入してください", "mend the quotes (a \" inside a value is written \"\"), clear the cell that says [to mend] and drop the row again";
    BACKSLASH_QUOTE = "backslash-quote": "引用符が \\\" と書かれています", "a quote is written \\\""; "値が正しい列に入っているか確認し（値の中の \" は \"\" と書きます）、「【要修正】」の欄を消して再投入してください", "see whether the values stand in their columns (a \" inside a value is written \"\"), clear the cell that says [to mend] and drop the row again";
    STRAY_QUOTE = "stray-quote": "引用符（\"）の位置が不正で、列の数も合いません（{found} 列、正しくは {expected} 列）", "a quote stands inside an unquoted cell and the number of cells is wrong ({found}, not {expected})"; "引用符の使い方を直し（値の中の \" は \"\" と書きます）、「【要修正】」の欄を消して再投入してください", "mend the quotes (a \" inside a value is written \"\"), clear the cell that says [to mend] and drop the row again";
    CELL_UNREADABLE = "cell-unreadable": "読めない文字が含まれています（バイト {bytes}）", "the cell holds bytes that are no character ({bytes})"; "元のシステムで文字が切れていないか確認し、値を直して再投入してください", "a character was probably cut in half; mend the value and drop the row again";
    CELL_TOO_LARGE = "cell-too-large": "セルが大きすぎます（{size} バイト、上限 {limit} バイト）", "the cell is too large ({size} bytes, the limit is {limit})"; "引用符の閉じ忘れがないか確認してください", "see whether a closing quote is missing";
    HEADER_REPEATED = "header-repeated": "見出し行の繰り返しです", "the header once more"; "操作は不要です", "nothing to do";
    TOTALS_LINE = "totals-line": "合計行です", "a totals line"; "操作は不要です", "nothing to do";
    NO_ROWS = "no-rows": "データは0件です", "there are no rows"; "操作は不要です", "nothing to do";
    BOM_FOUND = "bom-found": "UTF-8（BOM付き）のファイルです", "the file is UTF-8 with a byte-order mark"; "操作は不要です", "nothing to do";
    UTF16_FOUND = "utf16-found": "UTF-16（ExcelのUnicodeテキスト）として読みました", "read as UTF-16 (Excel's Unicode text)"; "操作は不要です", "nothing to do";
    OTHER_DELIMITER = "other-delimiter": "区切り文字はカンマではなく {delimiter} でした", "the cells are separated by {delimiter}, not by commas"; "操作は不要です", "nothing to do";
    EOF_MARK = "eof-mark": "末尾のファイル終端文字（0x1A）を除きました", "the end-of-file mark (0x1A) at the end was dropped"; "操作は不要です", "nothing to do";
    COMPRESSED = "compressed": "圧縮されたファイル（gzip）です", "this file is compressed (gzip)"; "解凍してCSVを指定し直してください", "unpack it and use the CSV";
    DELIMITER_HALVES = "delimiter-halves": "区切り文字 `|` は、Shift_JIS（CP932）では「ポ」「－」などの2バイト目と同じため、正しく区切れません", "with Shift_JIS (CP932) the delimiter `|` is also the second byte of ポ, － and others, so the cells cannot be told apart"; "UTF-8で出力し直すか、区切り文字をカンマかタブにしてください", "export it as UTF-8, or with a comma or tab as delimiter";
    EOF_MARK_INSIDE = "eof-mark-inside": "ファイルの途中に終端文字（0x1A）が {count} 個あります（{line}行目）", "{count} end-of-file marks (0x1A) stand inside the file (line {line})"; "ファイルが連結されていないか確認してください", "see whether files were glued together";
    HEADER_FOUND = "header-found": "見出しのない形式ですが、見出し行が見つかったため列名で読みました", "a header was found in a file of a kind that has none; columns were taken by name"; "操作は不要です", "nothing to do";
    COLUMNS_COMPARED = "columns-compared": "同じ項目の列が複数あります（`{columns}`）。値が食い違う行はエラーにします", "several columns say the same thing (`{columns}`); rows where they differ are rejected"; "操作は不要です", "nothing to do";
    COLUMNS_DISAGREE = "columns-disagree": "同じ項目の列が食い違っています（{column}: `{first}` と `{second}`）", "columns that say the same thing differ ({column}: `{first}` and `{second}`)"; "正しい値だけを残し、もう一方を空欄にして再投入してください", "keep the right value, empty the other cell and drop the row again";
    DIFF_COUNTS = "diff-counts": "変更 {rows} 行（{cells} セル）、追加 {added} 行、削除 {removed} 行", "{rows} rows changed ({cells} cells), {added} added, {removed} removed"; "内容を確認してください", "look at the list";
    DIFF_SAME = "diff-same": "違いはありません（旧 {old} 行、新 {new} 行）", "no differences ({old} rows and {new} rows)"; "操作は不要です", "nothing to do";
    DIFF_MORE = "diff-more": "ほか {count} 件", "and {count} more"; "すべて見るにはCSVまたはJSONで出力してください", "write CSV or JSON to see all of them";
    DIFF_FIRST_ONLY = "diff-first-only": "この表は {count} 件のうち {shown} 件だけです", "this page shows {shown} of {count} findings"; "すべて見るには --csv または --json で出力してください", "write --csv or --json to see all of them";
    DIFF_NO_FILE = "diff-no-file": "`{path}` は普通のファイルではありません（パイプやフォルダは比べられません）", "`{path}` is no regular file: a pipe or a folder cannot be compared"; "いったんファイルに保存してから指定してください", "save it to a file first and name that";
    DIFF_NOTHING_SHARED = "diff-nothing-shared": "キー以外に両方のファイルにある列がなく、何も比べられません（古い: {old} ／ 新しい: {new}）", "beside the key the files share no column, so nothing can be compared (old: {old}; new: {new})"; "同じ種類のファイルか、文字コードと列名が正しいかを確かめてください", "see whether the files are of one kind, and whether encoding and column names are right";
    DIFF_ONLY_OLD = "diff-only-old": "古いファイルだけの列（比較しません）: {columns}", "columns that only the old file has (not compared): {columns}"; "操作は不要です", "nothing to do";
    DIFF_ONLY_NEW = "diff-only-new": "新しいファイルだけの列（比較しません）: {columns}", "columns that only the new file has (not compared): {columns}"; "操作は不要です", "nothing to do";
    DIFF_IRREGULAR = "diff-irregular": "形式の正しくない行が {count} 行あり、ある分だけを比べました（「違いなし」とは扱いません）", "{count} rows of a wrong form were compared as far as they go (this does not count as no difference)"; "該当の行を直すか、ファイルを出力し直してください", "mend those rows or export the file again";
    DIFF_UNDECODABLE = "diff-undecodable": "変更されたセルのうち {count} 個に、文字として読めないバイトがあります（`\\x95` のように表示）", "{count} of the changed cells hold bytes that are no character (shown as `\\x95`)"; "元のシステムで該当の値を確認してください", "look those values up where they come from";
    DIFF_NOT_THERE = "diff-not-there": "ファイル `{path}` がありません", "there is no file `{path}`"; "ファイル名とフォルダを確かめてください", "check the name and the folder";
    DIFF_KEY_WITHOUT = "diff-key-without": "列 `{column}` がないファイルがあるため、`{key}` で行を見分けました（同じキーの行は並び順で対応させています）", "a file has no column `{column}`, so rows were told apart by `{key}` (rows that share it were paired in their order)"; "行を確実に見分けるには、`{column}` を含めて出力するか --key で列を指定してください", "export `{column}` too, or name the columns with --key";
    WORKBOOK_UNREADABLE = "workbook-unreadable": "Excelブックとして読めません", "this cannot be read as a workbook"; "Excelで開いて「名前を付けて保存」するか、CSV UTF-8 で保存して再投入してください", "save it again in Excel, or as CSV UTF-8, and drop it again";
    READ_FROM_WORKBOOK = "read-from-workbook": "Excelブックの1枚目のシートを読み込みました", "the first sheet of the workbook was read"; "操作は不要です", "nothing to do";
    DIFF_REFUSED = "diff-refused": "比較できません: {file}: {detail}", "cannot be compared: {file}: {detail}"; "ファイルを出力し直すか、--layout と --key、--columns を確認してください", "export the file again, or check --layout, --key and --columns";
    LAST_CELL_OPEN = "last-cell-open": "ファイルの最後に改行がなく、最後の値が途中で切れている恐れがあります（`{value}`）", "the file ends without a line end, so its last value may be cut short (`{value}`)"; "値が正しいことを確かめ（違えば直し）、このエラーファイルを再投入してください。毎回起きるときは、最後の行のあとにも改行を出力してください", "see whether the value is whole (mend it if not) and drop this sheet again; if it happens every time, end the last line with a line break too";
    FILE_CUT = "file-cut": "ファイルが途中で切れています", "the file is cut off in the middle of a row"; "出力元からもう一度出力し、コピーが終わってから置いてください", "export it again and drop it when the copy is complete";
}
