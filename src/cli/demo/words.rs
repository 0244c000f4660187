//! What the demo says around the two nights: where it works, what happened, what to open, how to go on.

use super::{SHOP_FILE, Shown};
use crate::model::words::Lang;
use std::fmt::Write as _;
use std::path::Path;

/// Said first.
pub fn before(dir: &Path, endpoint: &str, lang: Lang) -> String {
    let dir = dir.display();
    match lang {
        Lang::Ja => format!(
            "denpyo の試用です。作業フォルダ {dir} を作り、模擬RMS（{endpoint}）を相手に夜間バッチを二晩動かしました。\n\
             本番のRMSには接続していません。店舗・注文・お客様はすべて架空です。\n"
        ),
        Lang::En => format!(
            "This is denpyo's demo. It made the workspace {dir} and ran the nightly batch twice against a pretend RMS ({endpoint}).\n\
             The real RMS was not contacted; shop, orders and people are made up.\n"
        ),
    }
}

/// The heading of a night.
pub fn night(number: u8, lang: Lang) -> String {
    match (lang, number) {
        (Lang::Ja, 1) => "━━ 一晩目: ヤマト・佐川・倉庫のCSV、金額の訂正、キャンセル、注文確認、メモを読む ━━\n".to_owned(),
        (Lang::Ja, _) => "\n━━ 二晩目: 同じ設定でもう一度。送るものはもうない ━━\n".to_owned(),
        (Lang::En, 1) => {
            "== First night: CSVs of Yamato, Sagawa and a warehouse; corrections, a cancellation, a confirmation, a memo ==\n".to_owned()
        }
        (Lang::En, _) => "\n== Second night: the same once more. Nothing is left to send ==\n".to_owned(),
    }
}

/// Said last: what it means and what to do next.
pub fn after(shown: &Shown, lang: Lang) -> String {
    let [first, second] = &shown.nights;
    let dir = shown.dir.display();
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{text}");
    };
    let (sent, held, rejected) = (first.changes.confirmed, first.changes.held, first.rows.rejected);
    let again = second.changes.confirmed;
    match lang {
        Lang::Ja => {
            line("\n━━ 何が起きたか ━━");
            line(&format!(
                "・一晩目: {sent}件をRMSに反映し、{held}件は人の確認を待ち、{rejected}行は直してもらうために戻しました。"
            ));
            line("・Shift_JIS（見出しなし）、UTF-8（BOM付き）、Excelで壊れた番号のCSVを読みました。");
            line("・全角の番号と消えた先頭の0は直し、3E+11 のように桁が失われた番号は推測せずに断りました。");
            line("・すでにRMSにある番号は送らず、金額が上がる訂正とキャンセルは承認待ちにしました。");
            line(&format!("・二晩目: 送ったもの {again}件。同じものは二度送りません。"));
            line("\n開いてみるファイル");
        }
        Lang::En => {
            line("\n== What happened ==");
            line(&format!(
                "- First night: {sent} changes reached RMS, {held} wait for a person, {rejected} rows went back to be mended."
            ));
            line(
                "- CSVs were read in Shift_JIS without a header, in UTF-8 with a byte-order mark, and as Excel had damaged them.",
            );
            line(
                "- Full-width digits and lost leading zeros were mended; 3E+11, whose digits are gone, was refused rather than guessed.",
            );
            line("- What RMS already knew was not sent; a rising amount and a cancellation wait for approval.");
            line(&format!("- Second night: {again} changes sent. Nothing is told to the mall twice."));
            line("\nFiles to open");
        }
    }
    for (name, ja, en) in to_open(shown) {
        let what = match lang {
            Lang::Ja => ja,
            Lang::En => en,
        };
        line(&format!("  {dir}/{name}\n      {what}"));
    }
    match lang {
        Lang::Ja => line("\n続きを試すには"),
        Lang::En => line("\nTo go on"),
    }
    line(go_on(&shown.dir, Some(first.run.as_str()).filter(|_| held > 0), lang).trim_end());
    line(&match lang {
        Lang::Ja => format!("\n（{:.1}秒）", shown.seconds),
        Lang::En => format!("\n({:.1} s)", shown.seconds),
    });
    out
}

/// A demo's folder is there already.
pub fn there_already(dir: &Path, lang: Lang) -> String {
    let shown = dir.display();
    let head = match lang {
        Lang::Ja => format!("{shown} には前に作った試用があり、そのまま残しました。続きを試すには"),
        Lang::En => format!("{shown} holds an earlier demo, which was left as it is. To go on with it"),
    };
    let tail = match lang {
        Lang::Ja => format!("  はじめからやり直すには、{shown} を削除するか、{} demo 別のフォルダ", program()),
        Lang::En => format!("  To begin anew, delete {shown} or name another folder: {} demo OTHER", program()),
    };
    format!("{head}\n{}{tail}", go_on(dir, None, lang))
}

/// The commands that continue where the demo ended.
fn go_on(dir: &Path, waits: Option<&str>, lang: Lang) -> String {
    let (dir, program) = (dir.display(), program());
    let mut out = String::new();
    let mut line = |command: String, ja: &str, en: &str| {
        let what = match lang {
            Lang::Ja => ja,
            Lang::En => en,
        };
        let _ = writeln!(out, "  {command}\n      {what}");
    };
    line(
        format!("{program} simulator --shop {dir}/{SHOP_FILE}"),
        "模擬RMSを動かす（別の画面で、止めるまで動きます）",
        "starts the pretend RMS (in another window, until stopped)",
    );
    if let Some(run) = waits {
        line(
            format!("{program} apply review/{run} -C {dir}"),
            "承認待ちの変更を反映する",
            "approves and sends what waits",
        );
    }
    line(
        format!("{program} run nightly -C {dir}"),
        "inbox/ にCSVを置いて、もう一晩",
        "another night, after dropping CSVs in inbox/",
    );
    line(format!("{program} status -C {dir}"), "いまの状況", "how things stand");
    out
}

/// The files worth a look, as far as the first night made them, with what each is.
fn to_open(shown: &Shown) -> Vec<(String, &'static str, &'static str)> {
    let [first, _] = &shown.nights;
    let mut found = Vec::new();
    if let Some(folder) = &first.report {
        found.push((
            format!("{folder}/index.html"),
            "一晩目の報告（ブラウザで）",
            "the first night's report, for a browser",
        ));
    }
    for name in first.outputs.iter().filter(|name| name.starts_with("errors/") && name.ends_with(".xlsx")) {
        found.push((
            name.clone(),
            "戻した行と直し方。Excelで直して inbox/ に置く",
            "rejected rows with their remedies; mend in Excel, drop in inbox/",
        ));
    }
    for name in first.outputs.iter().filter(|name| name.starts_with("review/")) {
        if name.ends_with("plan.html") || name.ends_with("plan.xlsx") {
            found.push((name.clone(), "人の確認を待つ変更", "changes that wait for a person"));
        }
    }
    found.push((
        "reports/最新.html".to_owned(),
        "いつも一番新しい報告（いまは二晩目）",
        "always the newest report (now the second night's)",
    ));
    found
}

/// The program as it was called, so that the commands shown can be pasted where it is not on the path.
fn program() -> String {
    std::env::args().next().filter(|name| !name.contains(' ')).unwrap_or_else(|| "denpyo".to_owned())
}
