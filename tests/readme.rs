//! Every command that the READMEs give is run, in order, as a new user would: in an empty folder, with only what the
//! repository and the earlier commands provide.
#![allow(clippy::disallowed_methods, reason = "the commands are run in a folder of their own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

struct Background(Vec<Child>);

impl Drop for Background {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The commands of a page's `sh` blocks.
fn commands(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    text.split("```sh\n")
        .skip(1)
        .flat_map(|rest| rest.split("```").next().unwrap().lines())
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// A port nobody listens on now. The READMEs name a fixed one; a test must not meet another test there.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn check(page: &str) {
    let folder = tempfile::tempdir().unwrap();
    let home: PathBuf = env!("CARGO_MANIFEST_DIR").into();
    std::os::unix::fs::symlink(home.join("fixtures"), folder.path().join("fixtures")).unwrap();
    let mut background = Background(Vec::new());
    let port = free_port().to_string();
    let all = commands(page);
    assert!(all.len() >= 4, "{page} has its commands: {all:?}");
    assert!(all.contains(&"cargo test".to_owned()), "{page} names the test command");
    let ci = fs::read_to_string(home.join(".ci/run")).unwrap();
    assert!(ci.contains("cargo test"), "CI runs the command that {page} gives");
    for line in all {
        if line == "cargo test" {
            continue;
        }
        let words = line
            .strip_prefix("cargo run --release -- ")
            .unwrap_or_else(|| panic!("{page}: `{line}` is a command no test knows how to run"));
        let stays = words.ends_with(" &");
        let words: Vec<String> =
            words.trim_end_matches(" &").split_whitespace().map(|word| word.replace("18080", &port)).collect();
        if stays {
            // The workspace that `demo` made speaks to the port that was free then.
            let settings = folder.path().join("trial/denpyo.toml");
            let text = fs::read_to_string(&settings).unwrap();
            let old = text.split("http://127.0.0.1:").nth(1).unwrap().split('"').next().unwrap().to_owned();
            fs::write(&settings, text.replace(&old, &port)).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_denpyo"));
        command.args(&words).current_dir(folder.path()).stdin(Stdio::null()).env("LANG", "ja_JP.UTF-8");
        if stays {
            let child = command.stdout(Stdio::piped()).spawn().unwrap();
            background.0.push(child);
            wait_for(&port);
            continue;
        }
        let out = command.output().unwrap();
        let code = out.status.code().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        // 3 and 4 are ends of a night, too: the demo's shop has rows to mend and changes to approve.
        let fine: &[i32] = match words[0].as_str() {
            "run" | "plan" | "settle" | "status" => &[0, 3, 4],
            _ => &[0],
        };
        assert!(fine.contains(&code), "{page}: `{line}` ended with {code}:\n{said}");
        assert!(!said.trim().is_empty(), "{page}: `{line}` says nothing");
    }
}

fn wait_for(port: &str) {
    for _ in 0..100 {
        if std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("nothing listens on {port}");
}

#[test]
fn the_english_commands_run() {
    check("README.md");
}

#[test]
fn the_japanese_commands_run() {
    check("README.ja.md");
}
