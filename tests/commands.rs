//! What a person or a script meets at the shell: what is refused and how, that no file of theirs is lost, and that
//! `--json` is one document whatever happens.
#![allow(clippy::disallowed_methods, reason = "the commands are run in a folder of their own")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

struct Said {
    exit: i32,
    out: String,
    err: String,
}

impl Said {
    /// The one document on stdout.
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

fn denpyo(folder: &Path, words: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_denpyo"));
    command.args(words).current_dir(folder).stdin(Stdio::null()).env("LANG", "en_US.UTF-8");
    let out = command.output().unwrap();
    Said {
        exit: out.status.code().unwrap_or(-1),
        out: String::from_utf8(out.stdout).unwrap(),
        err: String::from_utf8(out.stderr).unwrap(),
    }
}

const OLD: &str = "注文番号,商品明細ID,単価\nA,1,10\nB,2,20\n";
const NEW: &str = "注文番号,商品明細ID,単価\nA,1,11\nB,2,20\n";

/// A folder with two files to compare.
fn pair(old: &str, new: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.csv"), old).unwrap();
    fs::write(folder.path().join("new.csv"), new).unwrap();
    folder
}

#[test]
fn diff_never_writes_over_what_it_compares() {
    let folder = pair(OLD, NEW);
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("deep")).unwrap();
    fs::hard_link(path("old.csv"), path("hard.csv")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(path("new.csv"), path("soft.csv")).unwrap();
    #[cfg(not(unix))]
    fs::hard_link(path("new.csv"), path("soft.csv")).unwrap();
    let refused = |outputs: &[&str]| {
        let said = denpyo(folder.path(), &[&["diff", "old.csv", "new.csv"], outputs].concat());
        assert_eq!(said.exit, 64, "{outputs:?}: {}", said.err);
        assert!(said.err.contains("[output-is-input]"), "{}", said.err);
        assert_eq!(fs::read_to_string(path("old.csv")).unwrap(), OLD);
        assert_eq!(fs::read_to_string(path("new.csv")).unwrap(), NEW);
    };
    for output in ["--csv", "--html"] {
        for name in ["old.csv", "new.csv", "deep/../old.csv", "hard.csv", "soft.csv"] {
            refused(&[output, name]);
        }
    }
    refused(&["--csv", "out", "--html", "deep/../out"]);
    assert!(!path("out").exists());
    assert_eq!(denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--csv", "o.csv", "--html", "o.html"]).exit, 2);
    assert!(fs::read_to_string(path("o.csv")).unwrap().contains("単価,10,11"));
    assert!(fs::read_to_string(path("o.html")).unwrap().contains("</html>"));
    assert_eq!(denpyo(folder.path(), &["diff", "old.csv", "old.csv", "--csv", "o.csv"]).exit, 0);
    assert_eq!(fs::read_to_string(path("o.csv")).unwrap().lines().count(), 1, "only the titles");
}

#[test]
fn a_comparison_that_fails_leaves_the_last_one_standing() {
    let folder = pair(OLD, "注文番号,商品明細ID,単価\nA,1,\"11\n");
    for (output, name) in [("--csv", "o.csv"), ("--html", "o.html")] {
        fs::write(folder.path().join(name), "yesterday").unwrap();
        let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", output, name]);
        assert_eq!(said.exit, 65, "{}", said.err);
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "yesterday");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing half-written is left");
}
