//! Words about files, bytes and rows as such.

use super::words;

words! {
    // Files and rows as a run meets them.
    FILE_EXPECTED = "file-expected": "本日のファイルがありません（{read}: {files}）", "today's file did not come ({read}: {files})"; "出力元のシステムを確認し、ファイルを置いてください", "check the system that writes it and drop the file";
    LAYOUT_GONE = "layout-gone": "レイアウト `{layout}` がありません", "there is no layout `{layout}`"; "denpyo check で設定を確認してください", "run `denpyo check`";
    ROW_IS_KNOWLEDGE = "row-is-knowledge": "RMSの現在の内容として読み込みました", "taken as what RMS knows"; "操作は不要です", "nothing to do";
    ROW_NOT_ASKED = "row-not-asked": "今回の対象に指定されていない注文です", "this run was not asked about this order"; "操作は不要です。ファイルは残してあります", "nothing to do; the file stays where it is";
    SIDE_FILE_UNREADABLE = "side-file-unreadable": "参照ファイル `{file}` を読めません（{detail}）", "the file `{file}` that a step refers to cannot be read ({detail})"; "ファイルの場所と権限を確認してください", "check that it exists and may be read";
}
