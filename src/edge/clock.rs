//! The clock on the wall, and one for tests that moves only when it is told to. Whoever needs the
//! time is handed one of these; it knows nothing of shops or of what is being waited for.
#![allow(clippy::disallowed_methods, reason = "this is where the real clock is read")]

use crate::model::day::Moment;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time as the program sees it.
pub trait Clock: Send + Sync {
    /// The time in Japan, to the second.
    fn now(&self) -> Moment;

    /// Waits. A test's clock only moves itself forward.
    fn sleep(&self, how_long: Duration);

    /// Time since some fixed point, finer than a second and never going back; for spacing calls.
    fn ticks(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    started: Instant,
}

impl WallClock {
    pub fn new() -> WallClock {
        WallClock { started: Instant::now() }
    }
}

impl Default for WallClock {
    fn default() -> WallClock {
        WallClock::new()
    }
}

impl Clock for WallClock {
    fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 2))
    }

    fn sleep(&self, how_long: Duration) {
        std::thread::sleep(how_long);
    }

    fn ticks(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The machine's clock with its hands moved: for trials against the pretend RMS, whose orders have their own time.
#[derive(Clone, Copy, Debug)]
pub struct ShiftedClock {
    wall: WallClock,
    ahead_seconds: i64,
}

impl ShiftedClock {
    /// A clock that shows `start` now and goes on from there.
    pub fn starting(start: Moment) -> ShiftedClock {
        let wall = WallClock::new();
        ShiftedClock { wall, ahead_seconds: start.seconds_since(wall.now()) }
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Moment {
        self.wall.now().plus_seconds(self.ahead_seconds)
    }

    fn sleep(&self, how_long: Duration) {
        self.wall.sleep(how_long);
    }

    fn ticks(&self) -> Duration {
        self.wall.ticks()
    }
}

/// A clock for tests: stands still until somebody sleeps or moves it.
#[derive(Debug)]
pub struct ManualClock {
    start: Moment,
    passed: Mutex<Duration>,
}

impl ManualClock {
    pub fn at(start: Moment) -> ManualClock {
        ManualClock { start, passed: Mutex::new(Duration::ZERO) }
    }

    /// Moves time forward.
    pub fn advance(&self, how_long: Duration) {
        let mut passed = self.passed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *passed = passed.saturating_add(how_long);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        self.start.plus_seconds(i64::try_from(self.ticks().as_secs()).unwrap_or(i64::MAX / 2))
    }

    fn sleep(&self, how_long: Duration) {
        self.advance(how_long);
    }

    fn ticks(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_sleeping() {
        let start = Moment::from_api("2026-04-01T00:00:00+0900").unwrap();
        let clock = ManualClock::at(start);
        assert_eq!(clock.now(), start);
        clock.sleep(Duration::from_millis(1500));
        assert_eq!(clock.now(), start.plus_seconds(1));
        assert_eq!(clock.ticks(), Duration::from_millis(1500));
    }
}
