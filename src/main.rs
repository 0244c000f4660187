//! Turns an outcome into an exit code; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // rustls asks for its cryptography once, before the first connection; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    ExitCode::from(denpyo::cli::main().code())
}
