//! Words about what RMS was asked and how it answered.

use super::words;

words! {
    MAINTENANCE = "rms-maintenance": "RMSがメンテナンス中です", "RMS is down for maintenance"; "操作は不要です。メンテナンス終了後に自動で再開します", "nothing to do; it goes on by itself once RMS is back";
    THROTTLED = "rms-throttled": "RMSが混み合っていて応答を断られました", "RMS is busy and turned the calls away"; "操作は不要です。時間をおいて自動で再実行します。続く場合は pace を長くしてください", "nothing to do; it is tried again later. If it goes on, make `pace` longer";
    KEY_REFUSED = "key-refused": "RMSがライセンスキーまたはserviceSecretを受け付けません（`{code}` {message}）", "RMS does not take the licence key or the service secret (`{code}` {message})"; "RMS「店舗様向け情報・サービス > WEB APIサービス」で期限を確認し、新しいキーを設定してください。発行直後は最大90分待ってください", "look at the key's expiry in RMS (WEB APIサービス) and set the new key; a key just issued needs up to 90 minutes";
    NOT_PERMITTED = "not-permitted": "この操作の利用権限がキーにありません: `{op}`（`{code}` {message}）", "the key is not allowed to use `{op}` (`{code}` {message})"; "RMS「WEB APIサービス > 利用機能」で `{op}` にチェックを入れてください", "tick `{op}` under 利用機能 in RMS (WEB APIサービス)";
    UNREACHABLE = "rms-unreachable": "RMSに接続できません（{detail}）", "RMS cannot be reached ({detail})"; "ネットワークとendpointの設定を確認してください。一時的な障害なら次回自動で再実行します", "check the network and `endpoint`; if it is a passing trouble the next run tries again";
    GARBLED = "rms-garbled": "RMSの応答を読み取れません: `{op}`（{detail}）", "the answer to `{op}` makes no sense ({detail})"; "次回自動で再実行します。続く場合はプロキシの設定を確認してください", "the next run tries again; if it goes on, look for a proxy in between";
    ASKING_REFUSED = "rms-refused-asking": "RMSが照会 `{op}` を断りました（`{code}` {message}）", "RMS refused the question `{op}` (`{code}` {message})"; "メッセージコードをRMSのマニュアルで確認してください", "look the message code up in the RMS manual";
    CHANGE_REFUSED = "change-refused": "RMSがこの変更を断りました（`{code}` {message}）", "RMS refused this change (`{code}` {message})"; "RMSで注文の状態を確認し、必要なら行を直して再投入してください", "look at the order in RMS; mend the row and drop it again if it is still needed";
    CHANGE_UNHEARD = "change-unheard": "送信結果を確認できませんでした（{detail}）", "it is not known whether this change arrived ({detail})"; "再送しないでください。RMSの注文を後で自動で確認します", "do not send it again; the order is looked at by itself later";
    CHANGE_NOT_SENT = "change-not-sent": "送信できませんでした（{detail}）", "this change did not leave ({detail})"; "操作は不要です。自動で再送します", "nothing to do; it goes again by itself";
    ENDPOINT_BAD = "endpoint-bad": "endpoint が使えません: `{endpoint}`（httpsのURL、またはこのPC自身のhttpに限ります）", "`{endpoint}` cannot be an endpoint: an https URL, or http on this machine itself"; "denpyo.toml の endpoint を直してください。通常は書く必要がありません", "mend `endpoint` in denpyo.toml; normally it is not needed at all";
    CA_FILE_BAD = "ca-file-bad": "証明書ファイルを読み込めません: `{file}`（{detail}）", "the certificate file `{file}` cannot be used ({detail})"; "PEM形式の証明書ファイルを指定してください", "name a file with PEM certificates";
    SECRET_BAD = "secret-bad": "serviceSecretまたはlicenseKeyが空か、使えない文字を含んでいます", "the service secret or the licence key is empty or holds characters that cannot be sent"; "RMSの画面から値をコピーし直してください（前後の空白や改行に注意）", "copy the values from RMS again; mind blanks and line ends";
    CLIENT_BAD = "client-bad": "通信の準備ができませんでした（{detail}）", "the HTTP client could not be set up ({detail})"; "証明書とプロキシの設定を確認してください", "check the certificate store and the proxy settings";
    COUNT_DIFFERS = "count-differs": "RMSの言う件数（{said}）と届いた注文の数（{got}）が違います", "RMS speaks of {said} orders, {got} arrived"; "操作は不要です。届かなかった注文は次回確認します", "nothing to do; orders that did not arrive are asked for again";
    READ_WARNING = "read-warning": "RMSが警告付きで応答しました（`{code}` {message}）", "RMS answered with a warning (`{code}` {message})"; "続く場合はRMSで注文を確認してください", "if it goes on, look at the orders in RMS";
    ORDER_UNREADABLE = "order-unreadable": "注文 `{order}` の内容を読み取れません（{detail}）", "what RMS says of order `{order}` cannot be understood ({detail})"; "この注文は手作業で処理し、開発元に知らせてください", "handle this order by hand and tell the makers";
    NUMBER_ODD = "number-odd": "RMSが注文番号でない値を返しました: `{number}`", "RMS listed `{number}`, which is not an order number"; "操作は不要です。続く場合は開発元に知らせてください", "nothing to do; if it goes on, tell the makers";
    ORDER_TOO_OLD = "order-too-old": "730日より前の注文は照会できません: `{order}`", "order `{order}` is older than the 730 days RMS can be asked about"; "注文番号を確認してください。正しければRMSの画面で処理してください", "check the number; if it is right, handle it in RMS by hand";
    // Looking, as a run does it.
    EXPIRY_UNKNOWN = "expiry-unknown": "ライセンスキーの有効期限を確認できません", "the key's expiry could not be asked for"; "RMSの利用機能で license.expiryDate.get を有効にしてください", "tick license.expiryDate.get for the key in RMS";
    KEY_ENDS_SOON = "key-ends-soon": "ライセンスキーの期限まであと {days} 日です（{date}）", "the licence key ends in {days} days ({date})"; "RMSで新しいキーを発行し、next_license_key に設定してください", "issue a new key in RMS and set it as next_license_key";
    NOT_IN_DOWNLOADS = "not-in-downloads": "APIが使えず、{hours} 時間以内の受注データと発送完了報告データにこの注文がありません", "the API is closed and neither download of the last {hours} h shows this order"; "RMSから両方のデータをダウンロードして投入してください", "download both files from RMS and drop them";
    NO_KEY = "no-key": "ライセンスキーが設定されていないため、RMSのデータダウンロードを使います", "no licence key is set up, so the shop's downloads are used"; "APIを使う場合は denpyo.toml に service_secret と license_key を設定してください", "to use the API, set service_secret and license_key in denpyo.toml";
}
