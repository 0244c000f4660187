//! Words about sending, exporting, remembering.

use super::words;

words! {
    // The ledger and the disk.
    LEDGER_NEWER = "ledger-newer": "台帳 `{path}` は新しい版の denpyo で作られています（台帳 {found}、この版 {known}）", "the ledger `{path}` was written by a newer denpyo (ledger {found}, this version {known})"; "denpyo を新しい版に更新してください。何も送信していません", "update denpyo; nothing was sent";
    LEDGER_FOREIGN = "ledger-foreign": "`{path}` は denpyo の台帳ではありません", "`{path}` is not a ledger of denpyo"; "ファイルを別の場所に移し、控えがあれば戻してください。台帳なしで始めると、送信前に全注文を読み直します", "move the file away and put a backup in its place if there is one; without a ledger every order is read anew before anything is sent";
    LEDGER_EMPTY = "ledger-empty": "台帳 `{path}` の中身がありません（空、またはゼロ埋め）", "the ledger `{path}` is empty or filled with zeros"; "ディスクを確認し、控えを戻すか、ファイルを別の場所に移してから再実行してください", "check the disk, then put a backup in its place or move the file away and run again";
    LEDGER_DAMAGED = "ledger-damaged": "台帳 `{path}` が壊れています: {detail}", "the ledger `{path}` is damaged: {detail}"; "ディスクを確認し、控えを戻すか、ファイルを別の場所に移してから再実行してください。何も送信していません", "check the disk, then put a backup in its place or move the file away and run again; nothing was sent";
    LEDGER_BUSY = "ledger-busy": "台帳が他のプログラムに使われています", "another program holds the ledger"; "しばらくしてから再実行してください", "try again in a while";
    LEDGER_IO = "ledger-io": "台帳を読み書きできません: {detail}", "the ledger cannot be read or written: {detail}"; "ディスクの空き容量と state フォルダの権限を確認してください", "check free space on the disk and the rights of the state folder";
    LEDGER_UNSAFE = "ledger-unsafe": "台帳の安全設定 {setting} が効いていません（{found}）", "the ledger's safety setting {setting} does not hold (it is {found})"; "state フォルダをローカルディスクに置いてください", "keep the state folder on a local disk";
    LEDGER_ENTRY = "ledger-entry": "台帳の記録が読めません: {detail}", "an entry of the ledger cannot be understood: {detail}"; "denpyo の不具合の可能性があります。state フォルダの控えを取り、連絡してください", "this may be a bug; keep a copy of the state folder and report it";
    LEDGER_FRESH = "ledger-fresh": "台帳を新しく作りました。送信前に関係する全注文を読みます", "the ledger is new: every order concerned is read before anything is sent"; "初回であれば操作は不要です。以前の台帳があるはずなら state フォルダを確認してください", "nothing to do on a first run; if there was a ledger before, look into the state folder";
    LEDGER_RESTORED = "ledger-restored": "台帳が以前の状態に戻されています。送信前に関係する全注文を読みます", "the ledger is older than it was: every order concerned is read before anything is sent"; "控えから戻した場合、操作は不要です", "nothing to do if it was restored from a backup";
    SHOP_LOCKED = "shop-locked": "店舗 {shop} は別の実行が処理中です（プロセス {pid}、実行 {run}）", "another run works on shop {shop} (process {pid}, run {run})"; "終わるのを待って再実行してください", "wait until it ends and run again";
    FILE_DONE = "file-done": "同じ内容のファイルは処理済みです（{first}）", "a file with the same bytes was done already ({first})"; "操作は不要です", "nothing to do";
    FILE_GROWING = "file-growing": "ファイルがまだ書き込み中です（{seconds}秒以内に更新）", "the file is still being written (touched within {seconds} s)"; "操作は不要です。次回の実行で読み込みます", "nothing to do; the next run takes it";
    FILE_CHANGED = "file-changed": "読み込み中にファイルが変わりました", "the file changed while it was read"; "操作は不要です。次回の実行で新しい内容を読み込みます", "nothing to do; the next run reads what is there then";
    FILE_REPLACED = "file-replaced": "読み込み後に同じ名前で別の内容が置かれたため、移動せず残しました", "other contents stand under this name since it was read, so it was left in place"; "操作は不要です。次回の実行で新しいファイルとして読み込みます", "nothing to do; the next run takes it as a new file";
    FILE_GONE = "file-gone": "ファイルが読み込む前に無くなりました", "the file was gone before it could be read"; "必要なら置き直してください", "drop it again if it is wanted";
    FILE_TEMPORARY = "file-temporary": "一時ファイルのため読み飛ばしました", "skipped: the name is that of a temporary file"; "本来のファイルなら名前を変えて置き直してください", "rename it if it is a real file";
    FILE_HIDDEN = "file-hidden": "隠しファイルのため読み飛ばしました", "skipped: a hidden file"; "本来のファイルなら名前を変えて置き直してください", "rename it if it is a real file";
    FILE_LINK = "file-link": "リンクのため読み飛ばしました", "skipped: a symbolic link"; "ファイルそのものを置いてください", "drop the file itself";
    FILE_NOT_REGULAR = "file-not-regular": "通常のファイルではないため読み飛ばしました", "skipped: not a regular file"; "ファイルを置いてください", "drop a regular file";
    FILE_TOO_BIG = "file-too-big": "ファイルが大きすぎます（{size} バイト、上限 {limit}）", "the file is too large ({size} bytes, limit {limit})"; "期間を分けて出力し直してください", "export it again in smaller parts";
    FILE_UNREADABLE = "file-unreadable": "ファイルを開けません: {detail}", "the file cannot be opened: {detail}"; "Excelなどで開いていれば閉じ、権限を確認してください", "close it in Excel and check its rights";
    FILE_STUCK = "file-stuck": "処理は終わりましたが、元のファイルを移動できません: {detail}", "done, but the original cannot be moved: {detail}"; "Excelなどで開いていれば閉じてください。次回の実行で移動します", "close it in Excel; the next run moves it";
    FOLDER_MISSING = "folder-missing": "フォルダがありません: `{folder}`", "the folder `{folder}` does not exist"; "フォルダを作るか、files の指定を直してください", "make the folder or mend `files`";
    FOLDER_UNREADABLE = "folder-unreadable": "フォルダ `{folder}` を読めません: {detail}", "the folder `{folder}` cannot be read: {detail}"; "権限と共有フォルダの接続を確認してください", "check its rights and whether the share is mounted";
    PATTERN_BAD = "pattern-bad": "ファイルの指定 `{pattern}` が正しくありません", "`{pattern}` is not a usable file pattern"; "inbox/*.csv のように、作業フォルダからの相対パスで書いてください", "write it relative to the workspace, such as inbox/*.csv";
    DISK_FULL = "disk-full": "ディスクに空きがありません: `{path}`", "no space left on the disk for `{path}`"; "空き容量を増やして再実行してください", "free some space and run again";
    CANNOT_CREATE = "cannot-create": "`{path}` を作れません: {detail}", "`{path}` cannot be created: {detail}"; "フォルダの有無と権限を確認してください", "check that the folder exists and may be written to";
    DISK_IO = "disk-io": "`{path}` を読み書きできません: {detail}", "`{path}` cannot be read or written: {detail}"; "ディスクと権限を確認してください", "check the disk and the rights";
    PLAN_UNREADABLE = "plan-unreadable": "計画ファイルを読めません: {detail}", "the plan file cannot be read: {detail}"; "もう一度 denpyo plan を実行し、できた plan.json をそのまま使ってください", "run `denpyo plan` again and use its plan.json as it is";
    PLAN_FORMAT = "plan-format": "計画ファイルの形式 `{found}` はこの版では扱えません（扱える形式は `{known}`）", "the plan's format `{found}` is not the one this version knows (`{known}`)"; "今お使いの版で denpyo plan をもう一度実行してください", "run `denpyo plan` again with the version in use";
    SHEET_UNREADABLE = "sheet-unreadable": "承認シート `{file}` を読めません: {detail}", "the approval sheet `{file}` cannot be read: {detail}"; "Excelで開き、plan.xlsx の形のまま上書き保存してください", "open it in Excel and save it again as plan.xlsx";
    SHEET_PLAN_GONE = "sheet-plan-gone": "承認シート `{file}` の計画 {run} が review フォルダにありません", "the plan {run} of the approval sheet `{file}` is not in the review folder"; "計画IDの列が書き換えられていないか、review/{run}/plan.json が消されていないか確認してください。なければ denpyo plan で作り直してください", "see whether the plan id was edited or review/{run}/plan.json was removed; if it is gone, make a new plan with `denpyo plan`";
    SHEET_NO_YES = "sheet-no-yes": "承認シート `{file}` に OK の行がありません。何も送信していません", "no row of the approval sheet `{file}` says OK; nothing was sent"; "反映してよい行の承認列に OK と入れて保存し、もう一度実行してください", "put OK in the approval column of the rows that may go, save, and run it again";
    APPROVED_BOTH = "approved-both": "【至急】{order} はキャンセルと荷物番号の両方が承認されています。どちらも送信していません", "both the cancellation and the parcel of {order} were approved; neither was sent"; "どちらか一方だけを OK にした承認シートを入れてください", "drop an approval sheet in which only one of them is OK";
    SHEET_COLUMN_MISSING = "sheet-column-missing": "承認シート `{file}` に列 `{column}` がありません", "the approval sheet `{file}` has no column `{column}`"; "見出し行を消さず、元の plan.xlsx に承認を記入し直してください", "keep the header row; fill in the original plan.xlsx again";
    SHEET_ROW_BAD = "sheet-row-bad": "承認シート {line}行目の行ID `{value}` は番号ではありません", "line {line} of the approval sheet: the row id `{value}` is not a number"; "元の plan.xlsx から行IDを写してください", "copy the row id from the original plan.xlsx";
    SHEET_ROW_TWICE = "sheet-row-twice": "承認シートに行ID `{row}` が2回あり、承認が食い違っています", "row id `{row}` stands twice in the approval sheet with different approvals"; "どちらか一方の行だけを残してください", "keep only one of the two rows";
    SHEET_ROW_UNKNOWN = "sheet-row-unknown": "行ID `{row}` はこの計画にありません", "this plan has no row `{row}`"; "計画と同じフォルダの plan.xlsx を使ってください", "use the plan.xlsx that stands beside this plan";
    SHEET_EDITED = "sheet-edited": "承認以外のセルが書き換えられています: {cells}", "cells other than the approval were edited: {cells}"; "承認シートで変えられるのは承認列だけです。内容の変更は元のファイルを直して再投入してください", "only the approval column may be changed; to change the content, mend the original file and drop it again";
    SHEET_MARK_UNCLEAR = "sheet-mark-unclear": "承認シート `{file}` {line}行目（行ID `{row}`）の「承認」列 `{value}` は承認として扱いません", "approval sheet `{file}`, line {line} (row id `{row}`): `{value}` in the column 承認 is not taken for a yes"; "承認する場合は OK・○・承認 のどれか、しない場合は空欄・NG・保留・却下 のどれかにして、シートをもう一度 inbox/approved/ に置くか denpyo apply を実行してください", "to approve write OK, ○ or 承認; to decline leave it empty or write NG, 保留 or 却下; then drop the sheet in inbox/approved/ or run `denpyo apply` once more";
    UPLOAD_OTHER_KIND = "upload-other-kind": "{kind}はRMSのCSVアップロードでは登録できません", "{kind} cannot be uploaded to RMS as CSV"; "作業シートを見ながらRMSの画面で登録してください", "do it on the RMS screen, with the worksheet at hand";
    UPLOAD_DELETE = "upload-delete": "発送明細 `{row}` の削除はCSVではできません", "shipping row `{row}` cannot be deleted by CSV"; "RMSの注文画面で削除してください", "delete it on the order's RMS screen";
    UPLOAD_NO_NUMBER = "upload-no-number": "お荷物伝票番号のない発送はCSVに出力しません", "a parcel without tracking number is not written to the CSV"; "RMSの注文画面で配送会社と発送日を登録してください", "enter carrier and ship date on the order's RMS screen";
    UPLOAD_CELL = "upload-cell": "{column} `{value}` はアップロードできる形ではありません", "{column} `{value}` has no form that can be uploaded"; "値を確認し、元のファイルを直して再投入してください", "check the value, mend the original file and drop it again";
    UPLOAD_TOO_OLD = "upload-too-old": "注文から {days} 日たっており、CSVアップロードの期限（{most} 日）を過ぎています", "the order is {days} days old; uploads are taken up to {most} days"; "RMSの注文画面で登録してください", "enter it on the order's RMS screen";
    // A run and what people do after it.
    CUT_SHORT = "cut-short": "中断されました（{signal}）", "stopped ({signal})"; "失われたものも、二重に送られるものもありません。次回の実行が、送った内容をRMSで確認してから続きを行います", "nothing is lost and nothing is sent twice: the next run looks at what was sent and goes on from there";
    NOT_SENT = "not-sent": "送信していません", "not sent"; "操作は不要です。次回の実行で送信します", "nothing to do; the next run sends it";
    UNHEARD = "unheard": "送信しましたが、応答を確認できませんでした（{detail}）", "sent, but no answer was heard ({detail})"; "操作は不要です。再送はせず、次回の実行で注文を読んで確認します", "nothing to do; it is not sent again, the next run looks at the order";
    REFUSED_LATER = "refused-later": "以前に受け付けられた変更がRMSで拒否されました: {order}（{code} {message}）", "RMS refused a change it had queued earlier: {order} ({code} {message})"; "RMSで注文を確認し、必要なら行を修正して再投入してください", "look at the order in RMS; mend the row and drop it again if needed";
    NEVER_ARRIVED = "never-arrived": "以前の送信はRMSに届いていませんでした: {order}", "an earlier send never reached RMS: {order}"; "RMSで注文を確認し、必要なら再投入してください", "look at the order in RMS and drop the row again if needed";
    UPLOAD_THIS = "upload-this": "{folder} のファイルをRMSにアップロードしてください", "upload the files in {folder} to RMS"; "手順は「はじめにお読みください.txt」にあります。アップロード後、次回の実行が反映を確認します", "the steps are in the text file beside them; the next run confirms what arrived";
    REVIEW_THIS = "review-this": "{count} 件の変更が承認を待っています", "{count} changes wait for approval"; "{folder}/plan.xlsx または plan.html を確認し、よければ denpyo apply {folder}/plan.json を実行してください", "look at {folder}/plan.html or plan.xlsx, then run `denpyo apply {folder}/plan.json`";
    PILES_DO_NOT_ADD_UP = "piles-do-not-add-up": "件数の合計が合いません（{rows} {changes}）", "the counts do not add up ({rows} {changes})"; "denpyo の不具合です。state フォルダと入力ファイルを保存して連絡してください", "this is a bug; keep the state folder and the files and report it";
    DRIFT_LIST = "drift-list": "想定と違う結果が {count} 件あります（手修正リスト）", "{count} values came out otherwise than foretold (list of drifts)"; "{file} を見て、受注管理システム側を直してください", "look at {file} and mend the other system";
    UPLOAD_STILL = "upload-still": "{days}日前に出力した {count} 件が、まだRMSに反映されていません（未アップロード {days}日）", "{count} changes exported {days} days ago are not in RMS yet"; "outbox/{run} のファイルをRMSにアップロードしてください。アップロードしない場合は denpyo withdraw {run} で取り下げてください", "upload the files in outbox/{run} to RMS; if they are not to be uploaded take them back with `denpyo withdraw {run}`";
    REVIEW_STILL = "review-still": "以前の実行の {count} 件の変更が、まだ承認を待っています", "{count} changes of an earlier run still wait for approval"; "{folder}/plan.xlsx または plan.html を確認し、よければ denpyo apply {folder} を、反映しない場合は denpyo withdraw {run} を実行してください", "look at {folder}/plan.html or plan.xlsx, then run `denpyo apply {folder}`, or `denpyo withdraw {run}` if they are not wanted";
}
