//! One gate per shop: the starts of two calls lie at least so far apart, reads and writes together.
//! From start to start, because waiting after each answer would add its latency to every call.

use crate::edge::clock::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Cloned, it is the same gate: two clients of one shop (an old and a new key) share one.
#[derive(Clone, Debug)]
pub struct Pace {
    every: Duration,
    /// The earliest start of the next call, in the clock's ticks.
    next: Arc<Mutex<Duration>>,
}

impl Pace {
    /// `every` is the time from one call's start to the next one's; zero does not wait at all.
    pub fn new(every: Duration) -> Pace {
        Pace { every, next: Arc::new(Mutex::new(Duration::ZERO)) }
    }

    /// Waits for this call's turn and takes it.
    pub fn wait(&self, clock: &dyn Clock) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        // Sleeping may end a little early on some systems, so the gate looks again.
        while let Some(left) = next.checked_sub(clock.ticks()).filter(|left| !left.is_zero()) {
            clock.sleep(left);
        }
        *next = clock.ticks().saturating_add(self.every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::clock::ManualClock;
    use crate::model::day::Moment;

    fn check(every_ms: u64, work_ms: &[u64], starts_ms: &[u128]) {
        let clock = ManualClock::at(Moment::from_unix(0));
        let pace = Pace::new(Duration::from_millis(every_ms));
        let twin = pace.clone();
        let mut starts = Vec::new();
        for (place, work) in work_ms.iter().enumerate() {
            if place % 2 == 0 { &pace } else { &twin }.wait(&clock);
            starts.push(clock.ticks().as_millis());
            clock.advance(Duration::from_millis(*work));
        }
        assert_eq!(starts, starts_ms);
    }

    #[test]
    fn starts_are_spaced_whatever_the_answers_take() {
        check(1000, &[300, 300, 300], &[0, 1000, 2000]);
        check(1000, &[2500, 0, 0], &[0, 2500, 3500]);
        check(0, &[10, 10, 10], &[0, 10, 20]);
    }
}
