//! Words about rows held against what RMS knows.

use super::words;

words! {
    ORDER_UNKNOWN = "order-unknown": "注文番号 `{order}` がRMSに見つかりません", "order `{order}` is not known to RMS"; "注文番号を確認してください。受注直後の場合は次回の実行で再確認します", "check the order number; if the order is new, the next run looks again";
    ORDER_OTHER_SHOP = "order-other-shop": "別店舗の注文番号です: `{order}`（この店舗は `{shop}`）", "order `{order}` belongs to another shop (this one is `{shop}`)"; "正しい店舗のフォルダに入れてください", "drop the file in the folder of the right shop";
    ORDER_CANCELLED = "order-cancelled": "【至急】キャンセル済みの注文に出荷データがあります: `{order}`（ステータス {state}）", "urgent: a shipping row for cancelled order `{order}` (state {state})"; "荷止めできるか至急確認してください", "check at once whether the parcel can be stopped";
    STATE_NOT_YET = "state-not-yet": "発送待ちではない注文の出荷です: `{order}`（ステータス {state}）", "shipping row for order `{order}`, which is not waiting to be shipped yet (state {state})"; "操作は不要です。発送待ちになるまで自動で再確認します", "nothing to do; it is tried again by itself until the order is ready";
    WAITED_TOO_LONG = "waited-too-long": "{days}日待っても反映できる状態になりませんでした: {reason}", "still not possible after {days} days: {reason}"; "RMSで注文の状態を確認し、必要なら行を修正して再投入してください", "check the order in RMS; mend the row and drop it again if still needed";
    DESTINATION_UNCLEAR = "destination-unclear": "送付先が複数あり、どれか決められません（候補: {baskets}）", "the order has several destinations and the row does not say which (choose from {baskets})"; "送付先ID列に候補のいずれかを入れて再投入してください", "put one of these 送付先ID in the row and drop it again";
    DESTINATION_WRONG = "destination-wrong": "送付先ID `{basket}` はこの注文にありません（候補: {baskets}）", "the order has no destination `{basket}` (it has {baskets})"; "送付先IDを候補のいずれかに直して再投入してください", "use one of these 送付先ID and drop the row again";
    ROW_UNKNOWN = "row-unknown": "発送明細ID `{row}` はこの注文にありません", "the order has no shipping row `{row}`"; "発送明細IDを空欄にするか、RMSで確認した値に直してください", "leave 発送明細ID empty or take the value from RMS";
    SECOND_NUMBER_TONIGHT = "second-number-tonight": "同じ送付先に、今回の別の行でも送り状番号が入ります（この行は `{number}`）", "another row of this run gives this destination a tracking number as well (this row: `{number}`)"; "複数口なら承認してください。どちらかが不要なら、その行を除いて再投入してください", "approve both if there are two parcels; otherwise drop only the row that holds";
    SECOND_NUMBER = "second-number": "同じ送付先に別の送り状番号があります: RMS `{known}`、ファイル `{number}`", "this destination already has another tracking number: RMS `{known}`, file `{number}`"; "複数口なら承認、差し替えなら処理列に「訂正」を入れて再投入してください", "approve it if it is a second parcel; for a replacement put 訂正 in 処理 and drop it again";
    OTHER_ROW_TYPED = "other-row-typed": "「その他」の発送明細に手入力の値があります（発送明細ID {row}）", "a row with carrier その他 holds values someone typed in (row {row})"; "RMSで内容を確認し、上書きしてよければ承認してください", "look at it in RMS; approve if it may be overwritten";
    ADD_AFTER_SHIPPING = "add-after-shipping": "発送済みの注文に発送明細を追加します（ステータス {state}）", "adds a shipping row to an order already shipped (state {state})"; "追加してよければ承認してください", "approve it if the row is really wanted";
    ROWS_FULL = "rows-full": "送付先 {basket} の発送明細が上限の20件を超えます", "destination {basket} would exceed the 20 shipping rows allowed"; "まとめられる発送明細がないか確認してください", "see whether some rows can be dropped";
    DATE_TOO_EARLY = "date-too-early": "発送日 {date} が注文日 {ordered} より前です", "ship date {date} lies before the order date {ordered}"; "発送日を確認してください", "check the ship date";
    DATE_TOO_LATE = "date-too-late": "発送日 {date} が許容範囲（{latest} まで）より後です", "ship date {date} lies after the allowed window (up to {latest})"; "発送日を確認してください", "check the ship date";
    FILES_DISAGREE = "files-disagree": "同じ対象の行が矛盾しています: {first} と {second}", "rows about the same thing disagree: {first} and {second}"; "正しい行だけを残して再投入してください", "keep only the right row and drop it again";
    NUMBER_ON_TWO_ORDERS = "number-on-two-orders": "同じ送り状番号 `{number}` が別の注文 {other} にもあります", "tracking number `{number}` also stands on order {other}"; "同梱なら読み込み設定で joint = true、誤りなら番号を直してください", "set joint = true for joint shipping, or mend the number";
    CANCEL_AND_SHIP = "cancel-and-ship": "【至急】同じ注文 {order} にキャンセルと出荷の両方があります", "urgent: order {order} has both a cancellation and a shipping row"; "どちらが正しいか確認し、一方だけを再投入してください", "decide which is right and drop only that one again";
    SHIPPED_TWICE_IN_FILE = "row-doubled": "同じ内容の行が既にあります（{first}）", "the same row stands already at {first}"; "操作は不要です", "nothing to do";
    ORDER_BUSY = "order-busy": "この注文には結果未確認の変更があります", "a change to this order is still unaccounted for"; "操作は不要です。結果が分かり次第、自動で再開します", "nothing to do; it goes on by itself once the outcome is known";
    ORDER_STALE = "order-stale": "計画後に注文 {order} が変更されたため送信していません", "the order {order} changed after the plan was made; this was not sent"; "操作は不要です。次の実行で今の内容と比べ直します", "nothing to do; the next run compares its row with the order as it is now";
    ORDER_STALE_GONE = "order-stale-gone": "計画後に注文 {order} が変更されたため送信していません", "the order {order} changed after the plan was made; this was not sent"; "今の内容を確認し、必要なら元の行をもう一度投入してください", "look at the order and drop the row again if it is still wanted";
    RMS_CHECKING = "rms-checking": "楽天確認中の注文です: `{order}`", "the mall is checking order `{order}`"; "操作は不要です。確認が終わるまで自動で再確認します", "nothing to do; it is tried again by itself";
    ROW_VANISHED = "row-vanished": "以前登録した送り状番号 `{number}` がRMSから消えています", "tracking number `{number}`, registered earlier, is gone from RMS"; "RMSで確認し、再登録してよければ承認してください", "look at the order in RMS; approve if it should be registered again";
    ADDRESS_PENDING = "address-pending": "ソーシャルギフトの送付先が未入力です", "the social gift's receiver has not given an address yet"; "送付先が入力されるまで待ちます", "it waits until the address is there";
    ALREADY_REGISTERED = "already-registered": "RMSに登録済みです", "RMS already says so"; "操作は不要です", "nothing to do";
    HELD_EARLIER = "held-earlier": "承認待ちの変更です（{run}）", "waits for approval since run {run}"; "review/{run}/ を確認して承認してください", "look at review/{run}/ and approve";
    BRAKE_SHIP = "brake-ship": "発送の件数が上限 {limit} を超えました（{count} 件）", "more shipping changes than the brake allows: {count}, limit {limit}"; "内容を確認し、正しければ denpyo apply で承認してください", "look at the plan and approve it with `denpyo apply`";
    BRAKE_CHANGES = "brake-changes": "変更の件数が上限 {limit} を超えました（{count} 件）", "more changes than the brake allows: {count}, limit {limit}"; "内容を確認し、正しければ denpyo apply で承認してください", "look at the plan and approve it with `denpyo apply`";
    BRAKE_CANCELS = "brake-cancels": "キャンセルの件数が上限 {limit} を超えました（{count} 件）", "more cancellations than the brake allows: {count}, limit {limit}"; "内容を確認し、正しければ denpyo apply で承認してください", "look at the plan and approve it with `denpyo apply`";
    BRAKE_DECREASE = "brake-decrease": "減額の合計が上限 {limit} 円を超えました（{count} 円）", "the reductions add up to {count} yen, more than the brake's {limit}"; "内容を確認し、正しければ denpyo apply で承認してください", "look at the plan and approve it with `denpyo apply`";
    APPROVAL_SETTING = "approval-setting": "設定により承認が必要な変更です（{kind}）", "the settings ask for approval of this kind of change ({kind})"; "review/ のシートを確認し、承認してください", "look at the sheet in review/ and approve";
    REVIEW_ONLY = "review-only": "配信方法が review のため送信しません", "nothing is sent: delivery is set to review"; "review/ のシートを確認し、denpyo apply で承認してください", "look at review/ and approve with `denpyo apply`";
    FIRST_RUN = "first-run": "初回の取込のため反映しません。次回から反映します", "first import of this shop: nothing is sent; the next run does"; "操作は不要です", "nothing to do";
    NOT_LIVE = "not-live": "この店舗は live = true ではないため送信しません", "nothing is sent: this shop is not `live = true`"; "denpyo.toml の [shop.…] に live = true を書いてください", "set `live = true` for the shop in denpyo.toml";
    TOLD_OUTCOME_OPEN = "told-outcome-open": "送信済みで、結果の確認待ちです", "told already; the outcome is still being settled"; "操作は不要です。二重には送信しません", "nothing to do; it is not sent a second time";
    EXPORTED_EARLIER = "exported-earlier": "実行 {run} でCSVに出力済みです（未アップロードの可能性があります）", "written to an upload CSV by run {run} already"; "outbox/{run}/ のCSVをRMSにアップロードするか、denpyo withdraw {run} で取り消してください", "upload the CSV in outbox/{run}/ to RMS, or take it back with `denpyo withdraw {run}`";
    EXPORTED_OTHERWISE = "exported-otherwise": "同じ注文の荷物が実行 {run} でCSVに出力済み・未アップロードです: 出力済み `{known}`、今回の行 `{number}`", "run {run} wrote this order's parcel to an upload CSV nobody has uploaded yet: there `{known}`, this row `{number}`"; "outbox/{run}/ のCSVをRMSにアップロードするか、denpyo withdraw {run} で取り消してください。その後、自動で再確認します", "upload the CSV in outbox/{run}/ to RMS, or take it back with `denpyo withdraw {run}`; this row is then looked at again by itself";
    SHEET_OPEN = "sheet-open": "同じ注文の金額の更新が実行 {run} の手作業シートに出力済みで、まだRMSに見えません", "run {run} put another amount for this order on a worksheet, and RMS does not show it yet"; "outbox/{run}/ のシートをRMSに入力するか、denpyo withdraw {run} で取り消してください。その後、自動で再確認します", "type the sheet in outbox/{run}/ into RMS, or take it back with `denpyo withdraw {run}`; this row is then looked at again by itself";
    UNHEARD_AND_ABSENT = "unheard-and-absent": "以前の送信の結果が確認できず、RMSにも見当たりません（送り状番号 `{number}`）", "an earlier send of `{number}` was never answered and RMS does not show it"; "RMSで発送明細を確認し、未登録なら承認してください", "look at the order in RMS and approve if it is not there";
    INCREASE_WAITS = "increase-waits": "この注文の増額が完了していないため、発送の報告を保留します", "an increase of this order is not through yet, so its shipping report waits"; "増額の承認・決済を先に済ませてください", "settle the increase first";
    SETTLED_EARLIER = "settled-earlier": "以前に反映済みの行です", "this row was settled earlier"; "操作は不要です", "nothing to do";
}
