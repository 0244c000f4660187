//! The last words of a run that a person or the system stops. Nothing is put in order then: the ledger holds what
//! was begun, as it does when the process is killed without warning.

/// Calls `say` with the signal's name when SIGINT or SIGTERM comes, and ends as the signal would have by itself.
/// Where there are no signals, or none can be had, nothing is said.
#[cfg(unix)]
pub fn on_signal(say: impl Fn(&str) + Send + 'static) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            say(if signal == SIGINT { "SIGINT" } else { "SIGTERM" });
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
pub fn on_signal(_: impl Fn(&str) + Send + 'static) {}
