//! How a command ends. The numbers are a promise to schedulers.

use super::words::Why;

/// Exit codes, from the design's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// `plan --detailed-exitcode` and `diff`: there are changes.
    Changes,
    /// Some rows, files or changes were refused.
    SomeRefused,
    /// Something waits for a person.
    PersonNeeded,
    Usage,
    NoUsableInput,
    /// RMS refused in a way that waiting will not cure.
    RmsRefused,
    /// A fault of ours.
    Bug,
    CannotCreate,
    Io,
    /// Maintenance, throttled, or another run holds the shop.
    TryLater,
    KeyOrRights,
    Configuration,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Changes => 2,
            Exit::SomeRefused => 3,
            Exit::PersonNeeded => 4,
            Exit::Usage => 64,
            Exit::NoUsableInput => 65,
            Exit::RmsRefused => 69,
            Exit::Bug => 70,
            Exit::CannotCreate => 73,
            Exit::Io => 74,
            Exit::TryLater => 75,
            Exit::KeyOrRights => 77,
            Exit::Configuration => 78,
        }
    }

    /// The exit a number stands for; an unknown number is a fault of ours.
    pub fn from_code(code: u8) -> Exit {
        [
            Exit::Done,
            Exit::Changes,
            Exit::SomeRefused,
            Exit::PersonNeeded,
            Exit::Usage,
            Exit::NoUsableInput,
            Exit::RmsRefused,
            Exit::Bug,
            Exit::CannotCreate,
            Exit::Io,
            Exit::TryLater,
            Exit::KeyOrRights,
            Exit::Configuration,
        ]
        .into_iter()
        .find(|exit| exit.code() == code)
        .unwrap_or(Exit::Bug)
    }

    /// Where several apply: the highest of 70–78, then 69, 65, 64, 4, 3, 2.
    pub fn worse(self, other: Exit) -> Exit {
        if self.code() >= other.code() { self } else { other }
    }
}

/// A trip that could not go on: nothing sensible can follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub exit: Exit,
    pub why: Why,
}

impl Stop {
    pub fn new(exit: Exit, why: Why) -> Stop {
        Stop { exit, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: Exit, b: Exit, expect: Exit) {
        assert_eq!(a.worse(b), expect);
        assert_eq!(b.worse(a), expect);
    }

    #[test]
    fn the_worst_exit_wins() {
        check(Exit::Done, Exit::SomeRefused, Exit::SomeRefused);
        check(Exit::PersonNeeded, Exit::SomeRefused, Exit::PersonNeeded);
        check(Exit::TryLater, Exit::RmsRefused, Exit::TryLater);
        check(Exit::NoUsableInput, Exit::PersonNeeded, Exit::NoUsableInput);
    }
}
