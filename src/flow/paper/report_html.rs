//! The report as a page: what is urgent, what to do, the sums, then everything else. Readable on a
//! telephone and on paper; the only links are RMS's order screens and our own files.

use super::page::page;
use super::report_view::view;
use crate::model::report::Report;
use crate::model::words::Lang;

/// The newest report, in `reports/`.
pub const NEWEST: &str = "最新.html";

/// `reports/<run>/index.html`.
pub fn report_html(report: &Report, lang: Lang) -> String {
    report_html_from(report, lang, "../../")
}

/// The same page for another folder; `up` leads from there to the workspace (`../` for
/// `reports/最新.html`).
pub fn report_html_from(report: &Report, lang: Lang, up: &str) -> String {
    page("report.html", lang, &view(report, lang, up))
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_report;
    use super::*;

    fn check(lang: Lang, holds: &[&str]) {
        let html = report_html(&small_report(), lang);
        for text in holds {
            assert!(html.contains(text), "{text} is missing");
        }
        assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("山田"));
        let outside = html.matches("://").count();
        assert_eq!(outside, html.matches("https://order-rp.rms.rakuten.co.jp/").count());
    }

    #[test]
    fn the_report_tells_everything_that_matters() {
        check(
            Lang::Ja,
            &[
                "至急",
                "次にすること",
                "承認待ち",
                "エラー（要修正）",
                "自動待ち",
                "合計が一致しています",
                "inbox/yamato/1124.csv 7行目",
                "対象外",
                "未アップロード 3日",
                "あと12日",
                "RMSエラー",
                "../../outbox/20261124T213000-00ab/%E5%87%BA",
            ],
        );
        check(Lang::En, &["Urgent", "What to do next", "adds up", "12 days left", "not uploaded for 3 days"]);
    }

    #[test]
    fn sums_that_do_not_add_up_are_said() {
        let mut report = small_report();
        report.rows.read += 1;
        assert!(report_html(&report, Lang::Ja).contains("合計が一致しません"));
    }

    #[test]
    fn a_plan_that_was_not_to_be_sent_is_no_trouble() {
        let mut report = small_report();
        report.plan_only = true;
        report.change_lines.truncate(1);
        report.change_lines[0].standing = crate::model::receipt::Standing::Planned;
        let html = report_html(&report, Lang::Ja);
        assert!(html.contains("このまま反映できる変更") && html.contains("RMSには何も送っていません"));
        assert!(!html.contains("反映できなかった変更"));
    }
}
