//! How far a trip has come: a bar with rate and time left on a terminal, one line a stage elsewhere. And how far
//! a comparison has: a bar on a terminal, nothing elsewhere.

use super::Shared;
use crate::model::ids::ShopName;
use crate::model::step::{Stage, Step};
use crate::model::words::Lang;
use indicatif::{HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
        let moving = moving(shared);
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

/// Whether there is somebody to show a bar to.
fn moving(shared: &Shared) -> bool {
    std::io::stderr().is_terminal() && !shared.quiet && !shared.json
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

/// What was read of a file so far, noted by whoever reads it.
pub struct Tally {
    size: u64,
    bytes: AtomicU64,
    /// Where the last reading ended.
    place: AtomicU64,
}

impl Tally {
    pub fn of(size: u64) -> Tally {
        Tally { size, bytes: AtomicU64::new(0), place: AtomicU64::new(0) }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn note(&self, at: u64, count: usize) {
        self.bytes.fetch_add(count as u64, Relaxed);
        self.place.store(at + count as u64, Relaxed);
    }

    fn read(&self) -> Read {
        Read { size: self.size, bytes: self.bytes.load(Relaxed), place: self.place.load(Relaxed) }
    }
}

/// A tally at one moment.
#[derive(Clone, Copy)]
struct Read {
    size: u64,
    bytes: u64,
    place: u64,
}

/// Shorter comparisons show nothing.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
const SHOWN_EVERY: Duration = Duration::from_millis(120);

/// Does some work that reads two files, with a bar meanwhile where there is somebody to see it. Nothing is left
/// of it on the screen.
pub fn while_reading<T>(shared: &Shared, files: [&Tally; 2], work: impl FnOnce() -> T) -> T {
    if !moving(shared) {
        return work();
    }
    let lang = shared.lang();
    std::thread::scope(|scope| {
        let (working, ended) = channel::<()>();
        scope.spawn(move || watch(files, &ended, lang));
        let out = work();
        drop(working);
        out
    })
}

/// Shows how far the files were read until nobody holds the other end.
fn watch(files: [&Tally; 2], ended: &Receiver<()>, lang: Lang) {
    let still = |wait| ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout);
    let begun = Instant::now();
    if !still(SHOWN_AFTER) {
        return;
    }
    let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    let mut course = Course::default();
    loop {
        bar.set_message(course.stand(files.map(Tally::read), begun.elapsed()).text(lang));
        bar.tick();
        if !still(SHOWN_EVERY) {
            break;
        }
    }
    bar.finish_and_clear();
}

/// The reading of two files as it is watched. How often they will be read shows only when it happens: each
/// reading has its own share, rather than all of them one that would be a guess.
#[derive(Default)]
struct Course {
    again: bool,
    /// Where the reading was when it was last looked at; when that was, and what had been read by then.
    place: u64,
    looked: (Duration, u64),
    /// The same for when this reading began.
    since: (Duration, u64),
}

/// How far one reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stand {
    /// Both files were read whole before: rows that differ are looked at, or all of them once more.
    again: bool,
    done: u64,
    total: u64,
    /// What was read in it, and in what time.
    bytes: u64,
    time: Duration,
}

impl Course {
    fn stand(&mut self, files: [Read; 2], now: Duration) -> Stand {
        let [old, new] = files;
        // Rows are looked at in the old file's order; the new one's may be any.
        let Read { size, place, .. } = if old.size >= new.size / 2 { old } else { new };
        let bytes = old.bytes + new.bytes;
        // Workers are never half a file apart: the reading has begun anew.
        if files.iter().all(|file| file.bytes >= file.size) && place + size / 2 < self.place {
            self.again = true;
            self.since = self.looked;
        }
        (self.place, self.looked) = (place, (now, bytes));
        let (done, total) = if self.again {
            (place.min(size), size)
        } else {
            // What workers read twice at the seams never makes it more than all.
            (files.iter().map(|file| file.bytes.min(file.size)).sum(), old.size + new.size)
        };
        let (began, before) = self.since;
        Stand { again: self.again, done, total, bytes: bytes - before, time: now.saturating_sub(began) }
    }
}

/// The bar's characters.
const BAR_WIDTH: usize = 24;

/// A rate of less than this time is chance.
const RATED_AFTER: Duration = Duration::from_millis(250);

impl Stand {
    /// `Reading ████████░░░░░░░░░░░░░░░░  34% 412 MB/s left 3s`
    fn text(self, lang: Lang) -> String {
        let Stand { again, done, total, bytes, time } = self;
        let (name, left) = match (again, lang) {
            (false, Lang::Ja) => ("読み取り", "残り"),
            (false, Lang::En) => ("Reading", "left"),
            (true, Lang::Ja) => ("行の比較", "残り"),
            (true, Lang::En) => ("Comparing rows", "left"),
        };
        let of = |all: u128| u128::from(done) * all / u128::from(total.max(1));
        let full = usize::try_from(of(BAR_WIDTH as u128)).unwrap_or(BAR_WIDTH);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR_WIDTH - full.min(BAR_WIDTH)));
        let mut text = format!("{name} {bar} {:>3}%", of(100));
        if time >= RATED_AFTER && done > 0 {
            let ahead = time.as_millis() * u128::from(total.saturating_sub(done)) / u128::from(done);
            let ahead = Duration::from_secs(u64::try_from(ahead.div_ceil(1000)).unwrap_or(u64::MAX));
            text += &format!(" {} {left} {:#}", rate(bytes, time), HumanDuration(ahead));
        }
        text
    }
}

/// `412 MB/s`: so many bytes in this time.
fn rate(bytes: u64, time: Duration) -> String {
    let per_second = u128::from(bytes) * 1000 / time.as_millis().max(1);
    if per_second < 1_000_000 {
        format!("{} kB/s", per_second / 1000)
    } else {
        format!("{} MB/s", per_second / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Sizes, bytes and places of the old file and the new one.
    fn reads(old: [u64; 3], new: [u64; 3]) -> [Read; 2] {
        [old, new].map(|[size, bytes, place]| Read { size, bytes, place })
    }

    #[test]
    fn each_reading_has_a_share_of_its_own_that_is_never_more_than_all() {
        let mut course = Course::default();
        let mut stand = |old, new, seconds| {
            let Stand { again, done, total, bytes, time } = course.stand(reads(old, new), SECOND * seconds);
            (again, done, total, bytes, time.as_secs())
        };
        assert_eq!(stand([200, 0, 0], [300, 0, 0], 1), (false, 0, 500, 0, 1));
        // Where a worker is says nothing in the first reading: they are at several places.
        assert_eq!(stand([200, 80, 190], [300, 60, 20], 2), (false, 140, 500, 140, 2));
        assert_eq!(stand([200, 90, 80], [300, 60, 20], 3), (false, 150, 500, 150, 3));
        assert_eq!(stand([200, 220, 200], [300, 299, 300], 4), (false, 499, 500, 519, 4));
        // Nothing is read while rows are matched.
        assert_eq!(stand([200, 220, 200], [300, 310, 300], 5), (false, 500, 500, 530, 5));
        // Then rows are looked at.
        assert_eq!(stand([200, 240, 20], [300, 330, 290], 6), (true, 20, 200, 40, 1));
        assert_eq!(stand([200, 280, 60], [300, 370, 10], 8), (true, 60, 200, 120, 3));
        // And once more.
        assert_eq!(stand([200, 420, 200], [300, 620, 300], 9), (true, 200, 200, 510, 4));
        assert_eq!(stand([200, 430, 10], [300, 630, 10], 10), (true, 10, 200, 20, 1));
    }

    #[test]
    fn a_small_old_file_does_not_stand_for_a_large_new_one() {
        let mut course = Course { again: true, ..Course::default() };
        let stand = course.stand(reads([10, 10, 10], [300, 420, 120]), SECOND);
        assert_eq!((stand.done, stand.total), (120, 300));
        let stand = Course::default().stand(reads([0, 0, 0], [0, 0, 0]), SECOND);
        assert_eq!((stand.done, stand.total), (0, 0));
    }

    #[test]
    fn a_tally_holds_what_was_read() {
        let tally = Tally::of(100);
        tally.note(0, 60);
        tally.note(30, 20);
        let Read { size, bytes, place } = tally.read();
        assert_eq!((size, bytes, place), (100, 80, 50));
    }

    #[test]
    fn the_bar_has_share_rate_and_time_left() {
        let check = |again, done, bytes, time, lang, expect: &str| {
            let stand = Stand { again, done, total: 2_000_000_000, bytes, time };
            assert_eq!(stand.text(lang), expect);
        };
        let half = Duration::from_millis(500);
        check(false, 0, 0, half, Lang::En, "Reading ░░░░░░░░░░░░░░░░░░░░░░░░   0%");
        check(
            false,
            500_000_000,
            500_000_000,
            half,
            Lang::En,
            "Reading ██████░░░░░░░░░░░░░░░░░░  25% 1000 MB/s left 2s",
        );
        check(
            true,
            1_000_000_000,
            20_000_000,
            SECOND * 90,
            Lang::Ja,
            "行の比較 ████████████░░░░░░░░░░░░  50% 222 kB/s 残り 2m",
        );
        check(
            false,
            2_000_000_000,
            2_010_000_000,
            SECOND,
            Lang::Ja,
            "読み取り ████████████████████████ 100% 2010 MB/s 残り 0s",
        );
        // Too early to tell.
        check(
            true,
            1_000_000_000,
            1,
            Duration::from_millis(100),
            Lang::En,
            "Comparing rows ████████████░░░░░░░░░░░░  50%",
        );
        let empty = Stand { again: false, done: 0, total: 0, bytes: 0, time: SECOND };
        assert_eq!(empty.text(Lang::En), "Reading ░░░░░░░░░░░░░░░░░░░░░░░░   0%");
    }
}
