//! `denpyo connect`: 接続確認. Key, expiry, rights per operation, shop, clock; says which RMS menu mends it.
//! Only reads; rights to write cannot be tried without writing, and are named as such.

use super::Shared;
use super::open;
use crate::edge::rms::{DateType, Limits, Search, ShopError, ShopRead};
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::pipeline::Shop;
use crate::model::words::Lang;
use clap::Args;
use std::path::Path;
use std::time::Duration;

#[derive(Args)]
pub struct Connect {
    /// Shops (default: all)
    #[arg(value_name = "SHOP")]
    shops: Vec<String>,
}

/// One line of the answer.
struct Line {
    what: &'static str,
    good: bool,
    text: String,
    remedy: String,
}

impl Connect {
    pub fn run(self, shared: &Shared) -> Exit {
        let (workspace, shops) = match open::shops(shared) {
            Ok(opened) => opened,
            Err(trouble) => return trouble.show(shared),
        };
        if let Some(stop) = open::unknown(&self.shops, &shops) {
            return shared.stopped(&stop);
        }
        let mut worst = Exit::Done;
        let mut documents = Vec::new();
        for shop in shops.iter().filter(|shop| self.shops.is_empty() || self.shops.contains(&shop.name.0)) {
            if !shared.json {
                shared.put(&format!("{} ({})", shop.name, shop.endpoint));
            }
            let mut checks = Vec::new();
            // A shop that answers slowly is seen answering slowly.
            let mut tell = |line: Line| {
                let Line { what, good, text, remedy } = line;
                if shared.json {
                    checks.push(serde_json::json!({ "check": what, "ok": good, "text": text, "remedy": remedy }));
                    return;
                }
                shared.put(&format!("  {} {text}", if good { "○" } else { "×" }));
                if !good && !remedy.is_empty() {
                    shared.put(&format!("      → {remedy}"));
                }
            };
            let exit = match one(workspace.root(), shop, shared.lang(), &mut tell) {
                Ok(exit) => exit,
                Err(stop) => {
                    shared.say_stop(&stop);
                    documents.push(shared.stopped_shop(&shop.name, &stop));
                    worst = worst.worse(stop.exit);
                    continue;
                }
            };
            worst = worst.worse(exit);
            documents.push(serde_json::json!({ "shop": shop.name.0, "exit": exit.code(), "checks": checks }));
        }
        if shared.json {
            shared.put(&serde_json::json!({ "exit": worst.code(), "shops": documents }).to_string());
        }
        worst
    }
}

/// Somebody waits at the screen: what a night would wait for is said at once. The whole stays under forty seconds.
fn limits() -> Limits {
    let seconds = Duration::from_secs;
    Limits {
        connect: seconds(6),
        quiet: seconds(8),
        whole: seconds(20),
        tries: 2,
        backoff: seconds(1),
        backoff_max: seconds(3),
        ..Limits::default()
    }
}

/// Tells each check as it ends. RMS that cannot be reached is asked no further.
fn one(root: &Path, shop: &Shop, lang: Lang, tell: &mut dyn FnMut(Line)) -> Result<Exit, Stop> {
    let clock = open::clock(shop)?;
    let mut way = open::connect_within(root, shop, &clock, limits())?;
    let mut asking = Asking { lang, tell, exit: Exit::Done };
    let unreachable = asking.rms(&mut way, shop, clock.now());
    let Asking { tell, exit, .. } = asking;
    let say = |ja: &str, en: &str| if lang == Lang::Ja { ja.to_owned() } else { en.to_owned() };
    if unreachable {
        let text =
            say("ほかの確認は、接続できないため行いませんでした", "nothing else was asked: there is no connection");
        tell(Line { what: "rest", good: false, text, remedy: String::new() });
    }
    let live = match (shop.live, shop.is_loopback()) {
        (true, _) => say("送信: 有効（live = true）", "sending: on (live = true)"),
        (false, true) => say(
            "送信: 有効（このPCの模擬RMSには live = true は要りません）",
            "sending: on (an address on this machine needs no live = true)",
        ),
        (false, false) => say("送信: 無効（計画だけ行います）", "sending: off (plans only)"),
    };
    tell(Line {
        what: "live",
        good: shop.live || shop.is_loopback(),
        text: live,
        remedy: say("反映を始めるときに live = true を書いてください", "set live = true to begin"),
    });
    tell(Line {
        what: "rights-to-write",
        good: true,
        text: say(
            "更新系（発送完了報告・注文確認など）の利用機能は、実際に送信したときに分かります",
            "rights to write show only when something is sent",
        ),
        remedy: String::new(),
    });
    Ok(exit)
}

const NO_REMEDY: [&str; 2] = ["", ""];

/// What is asked of RMS, and how it stands so far.
struct Asking<'a> {
    lang: Lang,
    tell: &'a mut dyn FnMut(Line),
    exit: Exit,
}

impl Asking<'_> {
    fn say(&self, ja: String, en: String) -> String {
        if self.lang == Lang::Ja { ja } else { en }
    }

    fn told(&mut self, what: &'static str, good: bool, text: String, [ja, en]: [&str; 2]) {
        let remedy = self.say(ja.to_owned(), en.to_owned());
        (self.tell)(Line { what, good, text, remedy });
    }

    /// Tells what failed; whether there is no use in asking on.
    fn failed(&mut self, what: &'static str, op: &str, error: &ShopError) -> bool {
        let why = error.why();
        self.exit = self.exit.worse(match error {
            ShopError::Maintenance | ShopError::Throttled | ShopError::Unreachable(_) => Exit::TryLater,
            ShopError::KeyRefused { .. } | ShopError::NoKey | ShopError::NotPermitted { .. } => Exit::KeyOrRights,
            ShopError::Garbled { .. } | ShopError::Refused { .. } => Exit::RmsRefused,
        });
        let text = format!("{op}: {}", why.text(self.lang));
        (self.tell)(Line { what, good: false, text, remedy: why.remedy(self.lang) });
        matches!(error, ShopError::Unreachable(_))
    }

    /// Key, reads, shop and clock; `true` if RMS could not be reached.
    fn rms(&mut self, way: &mut open::Way, shop: &Shop, now: Moment) -> bool {
        match way.client.key_expiry() {
            Ok(expires) => {
                let (days, until) = (expires.day().days_since(now.day()), expires.for_people());
                let text = self.say(
                    format!("ライセンスキー: {until} まで（あと {days} 日）"),
                    format!("licence key: until {until} ({days} days left)"),
                );
                let renew = [
                    "RMS「店舗様向け情報・サービス」→「WEB APIサービス」で更新してください",
                    "renew it in RMS under WEB APIサービス",
                ];
                self.told("key", days >= 0, text, renew);
            }
            Err(error) => {
                if self.failed("key", "license-key/expiry-date", &error) {
                    return true;
                }
            }
        }
        let search = Search {
            by: DateType::Ordered,
            from: now.plus_seconds(-7 * 86_400),
            to: now,
            progress: Vec::new(),
            sub_statuses: Vec::new(),
        };
        let mut sample = None;
        match way.client.search(&search) {
            Ok(found) => {
                let text = self.say(
                    format!("受注検索: 使えます（直近7日 {} 件）", found.len()),
                    format!("searchOrder: permitted ({} orders in 7 days)", found.len()),
                );
                self.told("searchOrder", true, text, NO_REMEDY);
                sample = found.into_iter().next();
            }
            Err(error) => {
                if self.failed("searchOrder", "searchOrder", &error) {
                    return true;
                }
            }
        }
        if let Some(number) = &sample {
            match way.client.orders(std::slice::from_ref(number), &mut |_| {}) {
                Ok(_) => {
                    let text = self.say("注文情報取得: 使えます".to_owned(), "getOrder: permitted".to_owned());
                    self.told("getOrder", true, text, NO_REMEDY);
                }
                Err(error) => {
                    if self.failed("getOrder", "getOrder", &error) {
                        return true;
                    }
                }
            }
            if let Some(digits) = &way.shop_digits {
                let orders = number.shop_digits();
                let good = orders == digits;
                let text = self.say(
                    format!("店舗: 注文番号は {orders}、キーは {digits}"),
                    format!("shop: orders start with {orders}, the key with {digits}"),
                );
                self.told(
                    "shop",
                    good,
                    text,
                    ["この店舗のキーかどうか確認してください", "check that the key is this shop's"],
                );
                if !good {
                    self.exit = self.exit.worse(Exit::KeyOrRights);
                }
            }
        }
        match way.client.sub_statuses() {
            Ok(groups) => {
                let text = self.say(
                    format!("サブステータス情報取得: 使えます（{} ステータス分）", groups.len()),
                    format!("getSubStatusList: permitted ({} states)", groups.len()),
                );
                self.told("getSubStatusList", true, text, NO_REMEDY);
            }
            Err(error) => {
                if self.failed("getSubStatusList", "getSubStatusList", &error) {
                    return true;
                }
            }
        }
        if let Some(server) = way.client.server_time() {
            let apart = server.seconds_since(now).abs();
            let near = apart <= CLOCK_APART_SECONDS;
            // What answers on this machine has the machine's clock, or one that was set on purpose.
            let pretend = !near && shop.is_loopback();
            let text = self.say(
                format!(
                    "時計の差: {apart} 秒{}",
                    if pretend { "（模擬RMSの時計です。PCの時計は関係ありません）" } else { "" }
                ),
                format!(
                    "clocks differ by {apart} s{}",
                    if pretend { " (the pretend RMS has its own; this machine's is not meant)" } else { "" }
                ),
            );
            self.told("clock", near || pretend, text, ["PCの時計を合わせてください", "set this machine's clock"]);
        }
        false
    }
}

/// A difference that people should mend; nothing is refused for it.
const CLOCK_APART_SECONDS: i64 = 120;
