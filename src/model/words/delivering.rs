//! Words about sending, exporting, remembering.

use super::words;

words! {
    PLAN_UNREADABLE = "plan-unreadable": "計画ファイルを読めません: {detail}", "the plan file cannot be read: {detail}"; "もう一度 denpyo plan を実行し、できた plan.json をそのまま使ってください", "run `denpyo plan` again and use its plan.json as it is";
    PLAN_FORMAT = "plan-format": "計画ファイルの形式 `{found}` はこの版では扱えません（扱える形式は `{known}`）", "the plan's format `{found}` is not the one this version knows (`{known}`)"; "今お使いの版で denpyo plan をもう一度実行してください", "run `denpyo plan` again with the version in use";
    SHEET_UNREADABLE = "sheet-unreadable": "承認シート `{file}` を読めません: {detail}", "the approval sheet `{file}` cannot be read: {detail}"; "Excelで開き、plan.xlsx の形のまま上書き保存してください", "open it in Excel and save it again as plan.xlsx";
    SHEET_COLUMN_MISSING = "sheet-column-missing": "承認シート `{file}` に列 `{column}` がありません", "the approval sheet `{file}` has no column `{column}`"; "見出し行を消さず、元の plan.xlsx に承認を記入し直してください", "keep the header row; fill in the original plan.xlsx again";
    SHEET_ROW_BAD = "sheet-row-bad": "承認シート {line}行目の行ID `{value}` は番号ではありません", "line {line} of the approval sheet: the row id `{value}` is not a number"; "元の plan.xlsx から行IDを写してください", "copy the row id from the original plan.xlsx";
    SHEET_ROW_TWICE = "sheet-row-twice": "承認シートに行ID `{row}` が2回あり、承認が食い違っています", "row id `{row}` stands twice in the approval sheet with different approvals"; "どちらか一方の行だけを残してください", "keep only one of the two rows";
    SHEET_ROW_UNKNOWN = "sheet-row-unknown": "行ID `{row}` はこの計画にありません", "this plan has no row `{row}`"; "計画と同じフォルダの plan.xlsx を使ってください", "use the plan.xlsx that stands beside this plan";
    SHEET_EDITED = "sheet-edited": "承認以外のセルが書き換えられています: {cells}", "cells other than the approval were edited: {cells}"; "承認シートで変えられるのは承認列だけです。内容の変更は元のファイルを直して再投入してください", "only the approval column may be changed; to change the content, mend the original file and drop it again";
    SHEET_MARK_UNCLEAR = "sheet-mark-unclear": "行ID `{row}` の承認欄 `{value}` は承認として扱いません", "`{value}` in the approval column of row `{row}` is not taken for a yes"; "承認する場合は OK と入れて、もう一度 denpyo apply を実行してください", "put OK there to approve and run `denpyo apply` again";
    UPLOAD_OTHER_KIND = "upload-other-kind": "{kind}はRMSのCSVアップロードでは登録できません", "{kind} cannot be uploaded to RMS as CSV"; "作業シートを見ながらRMSの画面で登録してください", "do it on the RMS screen, with the worksheet at hand";
    UPLOAD_DELETE = "upload-delete": "発送明細 `{row}` の削除はCSVではできません", "shipping row `{row}` cannot be deleted by CSV"; "RMSの注文画面で削除してください", "delete it on the order's RMS screen";
    UPLOAD_NO_NUMBER = "upload-no-number": "お荷物伝票番号のない発送はCSVに出力しません", "a parcel without tracking number is not written to the CSV"; "RMSの注文画面で配送会社と発送日を登録してください", "enter carrier and ship date on the order's RMS screen";
    UPLOAD_CELL = "upload-cell": "{column} `{value}` はアップロードできる形ではありません", "{column} `{value}` has no form that can be uploaded"; "値を確認し、元のファイルを直して再投入してください", "check the value, mend the original file and drop it again";
    UPLOAD_TOO_OLD = "upload-too-old": "注文から {days} 日たっており、CSVアップロードの期限（{most} 日）を過ぎています", "the order is {days} days old; uploads are taken up to {most} days"; "RMSの注文画面で登録してください", "enter it on the order's RMS screen";
}
