//! One page for a night of several shops: how each ended, what is urgent, what to do, and the way to its own
//! report. A shop that could not even begin has no report, and is said here all the same.

use super::label;
use super::page::{page, relative_link};
use super::phrase;
use super::plan_html::{WhyView, why_view};
use super::report_view::{Ask, asks, exit_words, outcome, urgent_view, when};
use crate::model::exit::Stop;
use crate::model::report::Report;
use crate::model::words::Lang;
use serde::Serialize;

#[derive(Serialize)]
struct ShopView {
    name: String,
    /// Empty if there is no report.
    link: String,
    outcome: String,
    tone: &'static str,
    counts: String,
    urgent: Vec<WhyView>,
    to_do: Vec<WhyView>,
    asks: Vec<Ask>,
}

#[derive(Serialize)]
struct ShopsView {
    title: String,
    when: String,
    run: String,
    shops: Vec<ShopView>,
}

/// The newest page of a workspace with several shops, for `reports/`: each with what its run came to. Shops with
/// something urgent stand first, else in the order given.
pub fn shops_html(ends: &[(&str, &Result<Report, Stop>)], lang: Lang) -> String {
    let reports: Vec<&Report> = ends.iter().filter_map(|(_, end)| end.as_ref().ok()).collect();
    let mut shops: Vec<ShopView> = ends.iter().map(|(name, end)| shop_view(name, end, lang)).collect();
    shops.sort_by_key(|shop| shop.urgent.is_empty());
    let (first, last) = (reports.iter().map(|one| one.started).min(), reports.iter().map(|one| one.ended).max());
    let view = ShopsView {
        title: label::REPORT_SHOPS.of(lang).to_owned(),
        when: first.zip(last).map(|(first, last)| when(first, last, lang)).unwrap_or_default(),
        run: reports.iter().map(|report| report.run.to_string()).collect::<Vec<_>>().join(" "),
        shops,
    };
    page("shops.html", lang, &view)
}

fn shop_view(name: &str, end: &Result<Report, Stop>, lang: Lang) -> ShopView {
    match end {
        Ok(report) => {
            let (outcome, tone) = outcome(report, lang);
            // From reports/ to reports/<run>/.
            let folder = report.report.as_deref().and_then(|path| path.strip_prefix("reports/"));
            let count = |label: &label::Label, count: u64| format!("{} {}", label.of(lang), phrase::count(count));
            ShopView {
                name: name.to_owned(),
                link: folder.map(|run| relative_link("", &format!("{run}/index.html"))).unwrap_or_default(),
                outcome,
                tone,
                counts: [
                    count(&label::CONFIRMED, report.changes.confirmed),
                    count(&label::HELD, report.changes.held),
                    count(&label::REJECTED, report.rows.rejected),
                    count(&label::WAITING, report.rows.waiting),
                ]
                .join("　"),
                urgent: report.urgent.iter().map(|why| urgent_view(why, lang)).collect(),
                to_do: report.to_do.iter().map(|why| why_view(why, lang)).collect(),
                asks: asks(report, lang),
            }
        }
        Err(stop) => {
            let (outcome, tone) = exit_words(stop.exit.code(), lang);
            ShopView {
                name: name.to_owned(),
                link: String::new(),
                outcome,
                tone,
                counts: String::new(),
                urgent: Vec::new(),
                to_do: vec![why_view(&stop.why, lang)],
                asks: Vec::new(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_report;
    use super::*;
    use crate::model::exit::Exit;
    use crate::model::words::asking;

    #[test]
    fn every_shop_has_its_end_and_the_urgent_one_stands_first() {
        let mut calm = small_report();
        calm.urgent.clear();
        calm.report = Some("reports/20261124T213000-00cd".to_owned());
        let mut hurried = small_report();
        hurried.report = Some("reports/20261124T213000-00ab".to_owned());
        let stopped = Err(Stop::new(Exit::KeyOrRights, asking::KEY_REFUSED.plain()));
        let (calm, hurried) = (Ok(calm), Ok(hurried));
        let ends = [("calm", &calm), ("stopped", &stopped), ("hurried", &hurried)];
        for (lang, mark, key) in [(Lang::Ja, "至急", "キー"), (Lang::En, "Urgent", "key")] {
            let html = shops_html(&ends, lang);
            let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is missing"));
            assert!(place(">hurried<") < place(mark) && place(mark) < place(">calm<"));
            assert!(place(">calm<") < place("stopped</h2>"));
            assert!(
                html.contains("href=\"20261124T213000-00ab/index.html\"")
                    && html[place("stopped</h2>")..].contains(key)
            );
            assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("://"));
        }
    }
}
