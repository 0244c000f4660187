//! How far a trip has come: a bar with rate and time left on a terminal, one line a stage elsewhere.

use super::Shared;
use crate::model::ids::ShopName;
use crate::model::step::{Stage, Step};
use crate::model::words::Lang;
use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// Shops run side by side, on one terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Where a trip's steps are shown.
pub struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    lang: Lang,
    shop: String,
    /// Those told of in a log, and the one the bar shows.
    told: Mutex<(Vec<Stage>, Option<Stage>)>,
}

impl Progress {
    /// Bars and lines go to standard error; none with `--quiet`, no bars with `--json`.
    pub fn new(shared: &Shared, shop: &ShopName) -> Progress {
        let moving = std::io::stderr().is_terminal() && !shared.quiet && !shared.json;
        Progress {
            bar: moving.then(|| {
                let bar = BARS.add(ProgressBar::new(0));
                bar.enable_steady_tick(Duration::from_millis(120));
                bar
            }),
            lines: !moving && !shared.quiet,
            lang: shared.lang(),
            shop: shop.0.clone(),
            told: Mutex::new((Vec::new(), None)),
        }
    }

    /// Shows a step. A stage has one line, though amounts are sent and read back in turns.
    pub fn tell(&self, step: Step) {
        if step.total == 0 {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, shown) = &mut *told;
        let begins = *shown != Some(step.stage);
        *shown = Some(step.stage);
        let first = !said.contains(&step.stage);
        if first {
            said.push(step.stage);
        }
        let (name, unit) = (step.stage.name(self.lang), step.stage.unit(self.lang));
        match &self.bar {
            Some(bar) => {
                if begins || bar.length() != Some(step.total as u64) {
                    bar.set_style(style(self.lang));
                    bar.set_prefix(self.shop.clone());
                    bar.set_length(step.total as u64);
                    bar.reset();
                    bar.set_message(format!("{name} {} {unit}", HumanCount(step.total as u64)));
                }
                bar.set_position(step.done as u64);
            }
            None if self.lines && begins => {
                eprintln!("[{}] {name}: {} {unit}", self.shop, HumanCount(step.total as u64))
            }
            None => {}
        }
    }

    /// Takes the bar off the screen.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(lang: Lang) -> ProgressStyle {
    let left = match lang {
        Lang::Ja => "残り",
        Lang::En => "left",
    };
    ProgressStyle::with_template(&format!(
        "{{spinner}} [{{prefix}}] {{msg}} {{bar:24}} {{percent:>3}}% {{rate}} {left} {{eta}}"
    ))
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .with_key("rate", |state: &ProgressState, line: &mut dyn std::fmt::Write| {
        let _ = write!(line, "{:.1}/s", state.per_sec());
    })
}
