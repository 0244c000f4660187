//! `denpyo connect`: 接続確認. Key, expiry, rights per operation, shop, clock; says which RMS menu mends it.
//! Only reads; rights to write cannot be tried without writing, and are named as such.

use super::Shared;
use super::open;
use crate::edge::rms::{DateType, Search, ShopError, ShopRead};
use crate::model::exit::Exit;
use crate::model::pipeline::Shop;
use crate::model::words::Lang;
use clap::Args;

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
        if let Some(unknown) = self.shops.iter().find(|name| shops.iter().all(|shop| shop.name.0 != **name)) {
            return shared.stopped(&open::no_shop(unknown, &shops));
        }
        let mut worst = Exit::Done;
        let mut documents = Vec::new();
        for shop in shops.iter().filter(|shop| self.shops.is_empty() || self.shops.contains(&shop.name.0)) {
            let (exit, lines) = match one(workspace.root(), shop, shared.lang()) {
                Ok(found) => found,
                Err(stop) => {
                    worst = worst.worse(shared.stopped(&stop));
                    continue;
                }
            };
            worst = worst.worse(exit);
            if shared.json {
                let checks: Vec<serde_json::Value> = lines
                    .iter()
                    .map(|line| serde_json::json!({ "check": line.what, "ok": line.good, "text": line.text, "remedy": line.remedy }))
                    .collect();
                documents.push(serde_json::json!({ "shop": shop.name.0, "exit": exit.code(), "checks": checks }));
            } else {
                shared.put(&format!("{} ({})", shop.name, shop.endpoint));
                for line in &lines {
                    shared.put(&format!("  {} {}", if line.good { "○" } else { "×" }, line.text));
                    if !line.good && !line.remedy.is_empty() {
                        shared.put(&format!("      → {}", line.remedy));
                    }
                }
            }
        }
        if shared.json {
            shared.put(&serde_json::json!({ "exit": worst.code(), "shops": documents }).to_string());
        }
        worst
    }
}

fn one(root: &std::path::Path, shop: &Shop, lang: Lang) -> Result<(Exit, Vec<Line>), crate::model::exit::Stop> {
    let clock = open::clock(shop)?;
    let mut way = open::connect(root, shop, &clock)?;
    let now = clock.now();
    let say = |ja: String, en: String| if lang == Lang::Ja { ja } else { en };
    let mut lines = Vec::new();
    let mut exit = Exit::Done;
    let fail = |what, op: &str, error: &ShopError, exit: &mut Exit| {
        let why = error.why();
        *exit = exit.worse(match error {
            ShopError::Maintenance | ShopError::Throttled | ShopError::Unreachable(_) => Exit::TryLater,
            ShopError::KeyRefused { .. } | ShopError::NoKey | ShopError::NotPermitted { .. } => Exit::KeyOrRights,
            ShopError::Garbled { .. } | ShopError::Refused { .. } => Exit::RmsRefused,
        });
        Line { what, good: false, text: format!("{op}: {}", why.text(lang)), remedy: why.remedy(lang) }
    };
    match way.client.key_expiry() {
        Ok(expires) => {
            let days = expires.day().days_since(now.day());
            lines.push(Line {
                what: "key",
                good: days >= 0,
                text: say(
                    format!("ライセンスキー: {} まで（あと {days} 日）", expires.for_people()),
                    format!("licence key: until {} ({days} days left)", expires.for_people()),
                ),
                remedy: say(
                    "RMS「店舗様向け情報・サービス」→「WEB APIサービス」で更新してください".to_owned(),
                    "renew it in RMS under WEB APIサービス".to_owned(),
                ),
            });
        }
        Err(error) => lines.push(fail("key", "license-key/expiry-date", &error, &mut exit)),
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
            lines.push(Line {
                what: "searchOrder",
                good: true,
                text: say(
                    format!("受注検索: 使えます（直近7日 {} 件）", found.len()),
                    format!("searchOrder: permitted ({} orders in 7 days)", found.len()),
                ),
                remedy: String::new(),
            });
            sample = found.into_iter().next();
        }
        Err(error) => lines.push(fail("searchOrder", "searchOrder", &error, &mut exit)),
    }
    if let Some(number) = &sample {
        match way.client.orders(std::slice::from_ref(number), &mut |_| {}) {
            Ok(_) => lines.push(Line {
                what: "getOrder",
                good: true,
                text: say("注文情報取得: 使えます".to_owned(), "getOrder: permitted".to_owned()),
                remedy: String::new(),
            }),
            Err(error) => lines.push(fail("getOrder", "getOrder", &error, &mut exit)),
        }
        if let Some(digits) = &way.shop_digits {
            let good = number.shop_digits() == digits;
            lines.push(Line {
                what: "shop",
                good,
                text: say(
                    format!("店舗: 注文番号は {}、キーは {digits}", number.shop_digits()),
                    format!("shop: orders start with {}, the key with {digits}", number.shop_digits()),
                ),
                remedy: say(
                    "この店舗のキーかどうか確認してください".to_owned(),
                    "check that the key is this shop's".to_owned(),
                ),
            });
            if !good {
                exit = exit.worse(Exit::KeyOrRights);
            }
        }
    }
    match way.client.sub_statuses() {
        Ok(groups) => lines.push(Line {
            what: "getSubStatusList",
            good: true,
            text: say(
                format!("サブステータス情報取得: 使えます（{} ステータス分）", groups.len()),
                format!("getSubStatusList: permitted ({} states)", groups.len()),
            ),
            remedy: String::new(),
        }),
        Err(error) => lines.push(fail("getSubStatusList", "getSubStatusList", &error, &mut exit)),
    }
    if let Some(server) = way.client.server_time() {
        let apart = server.seconds_since(now).abs();
        lines.push(Line {
            what: "clock",
            good: apart <= CLOCK_APART_SECONDS,
            text: say(format!("時計の差: {apart} 秒"), format!("clocks differ by {apart} s")),
            remedy: say("PCの時計を合わせてください".to_owned(), "set this machine's clock".to_owned()),
        });
    }
    lines.push(Line {
        what: "live",
        good: shop.live || shop.is_loopback(),
        text: if shop.live || shop.is_loopback() {
            say("送信: 有効（live = true）".to_owned(), "sending: on (live = true)".to_owned())
        } else {
            say("送信: 無効（計画だけ行います）".to_owned(), "sending: off (plans only)".to_owned())
        },
        remedy: say(
            "反映を始めるときに live = true を書いてください".to_owned(),
            "set live = true to begin".to_owned(),
        ),
    });
    lines.push(Line {
        what: "rights-to-write",
        good: true,
        text: say(
            "更新系（発送完了報告・注文確認など）の利用機能は、実際に送信したときに分かります".to_owned(),
            "rights to write show only when something is sent".to_owned(),
        ),
        remedy: String::new(),
    });
    Ok((exit, lines))
}

/// A difference that people should mend; nothing is refused for it.
const CLOCK_APART_SECONDS: i64 = 120;
