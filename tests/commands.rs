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
    denpyo_at(folder, words, None)
}

fn denpyo_at(folder: &Path, words: &[&str], clock: Option<&str>) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_denpyo"));
    command.args(words).current_dir(folder).stdin(Stdio::null()).env("LANG", "en_US.UTF-8");
    command.envs(clock.map(|clock| ("DENPYO_CLOCK", clock)));
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

#[test]
fn diff_says_what_a_file_is_that_it_cannot_take() {
    let folder = pair(OLD, NEW);
    let check = |name: &str, bytes: Option<&[u8]>, exit: i32, expect: &str| {
        if let Some(bytes) = bytes {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let said = denpyo(folder.path(), &["diff", "old.csv", name]);
        assert_eq!(said.exit, exit, "{name}: {}", said.err);
        assert!(said.err.contains(expect), "{name}: {}", said.err);
    };
    check("nowhere.csv", None, 74, "there is no file `nowhere.csv`");
    check("a.csv.gz", Some(b"\x1f\x8b\x08\0"), 65, "compressed (gzip)");
    check("a.xlsx", Some(b"PK\x03\x04"), 65, "an Excel workbook or a zip");
    check("twice.csv", Some("注文番号,単価,注文番号\nA,1,B\n".as_bytes()), 65, "`注文番号` stands more than once");
}

#[test]
fn diff_shows_what_differs_also_where_it_does_not_show() {
    let long = "あ".repeat(30);
    let old = format!("注文番号,商品明細ID,備考\n{long}甲,1,a\n{long}乙,1,b\u{1}\n");
    let new = format!("注文番号,商品明細ID,備考\n{long}甲,1,c\n{long}乙,1,b\u{2}\n");
    let folder = pair(&old, &new);
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--csv", "o.csv", "--html", "o.html"]);
    assert_eq!(said.exit, 2, "{}", said.err);
    for end in ["甲/1", "乙/1", "b␁", "b␂"] {
        assert!(said.out.contains(end), "{end}: {}", said.out);
    }
    for file in ["o.csv", "o.html"] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.contains("b␁") && text.contains("b␂"), "{file}: {text}");
    }
}

#[cfg(unix)]
#[test]
fn a_comparison_that_is_stopped_leaves_nothing_half_written() {
    use std::fmt::Write as _;
    let mut text = String::from("注文番号,商品明細ID,備考\n");
    (0..400_000).for_each(|row| writeln!(text, "{row},1,{}", row * 7).unwrap());
    let folder = pair(&text, &text.replace("3,1,", "3,2,"));
    let unfinished = || {
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with('.')).count()
    };
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_denpyo"))
        .current_dir(folder.path())
        .args(["diff", "old.csv", "new.csv", "--csv", "o.csv", "--html", "o.html", "-q"])
        .spawn()
        .unwrap();
    while unfinished() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it was to be stopped before its end");
    }
    // They are there a moment before it listens for signals.
    std::thread::sleep(std::time::Duration::from_millis(300));
    // SAFETY: the child was not waited for, so its number is still its own.
    unsafe { libc::kill(child.id().cast_signed(), libc::SIGTERM) };
    let status = child.wait().unwrap();
    assert!(!status.success(), "{status}");
    assert_eq!(unfinished(), 0);
    assert!(!folder.path().join("o.csv").exists());
}

#[test]
fn diff_compares_templates_without_the_line_and_names_what_it_lacks() {
    let folder = pair("注文番号,単価\nA,1\nA,2\n", "注文番号,単価\nA,1\nA,3\n");
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv"]);
    assert_eq!(said.exit, 2, "{}", said.err);
    assert!(said.out.contains("no column `商品明細ID`, so rows were told apart by `注文番号`"), "{}", said.out);
    // As many columns as it likes: a header is never taken for a row.
    let wide = |value: &str| {
        let (names, cells): (Vec<_>, Vec<_>) = (1..80).map(|at| (format!("c{at}"), value)).unzip();
        format!("注文番号,{}\nA,{}\n", names.join(","), cells.join(","))
    };
    let folder = pair(&wide("v"), &wide("w"));
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--json"]).json();
    assert_eq!((&said["changed_cells"], &said["cells"][0]["column"]), (&79.into(), &"c1".into()));
    let folder = pair("受注,単価\nA,1\n", "受注,単価\nA,1\n");
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--json"]);
    assert_eq!(said.exit, 65);
    assert!(said.json()["error"]["text"].as_str().unwrap().contains("`注文番号`"), "{}", said.out);
}

#[test]
fn diff_json_is_one_document_at_every_exit() {
    let nul = "注文番号,商品明細ID,単価\nA,1,1\u{0}\n";
    for (new, words, exit) in [
        (OLD, &[] as &[&str], 0),
        (NEW, &[], 2),
        (nul, &[], 65),
        (NEW, &["--columns", "単"], 65),
        (NEW, &["--key", "なし"], 65),
        (NEW, &["--layout", "none"], 64),
        (NEW, &["--csv", "old.csv"], 64),
        (NEW, &["--csv", "none/o.csv"], 73),
    ] {
        let folder = pair(OLD, new);
        let said = denpyo(folder.path(), &[&["diff", "old.csv", "new.csv", "--json"], words].concat());
        assert_eq!(said.exit, exit, "{words:?}: {}", said.err);
        assert_eq!(said.json()["exit"], exit, "{words:?}");
        assert_eq!(said.json().get("error").is_some(), exit > 2, "{words:?}");
        // What stops it is said in one language.
        assert!(!said.err.contains("文字"), "{}", said.err);
    }
    let folder = pair(OLD, NEW);
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv"]);
    assert!(said.out.contains("1 rows changed (1 cells)"), "{}", said.out);
}

/// Trouble after the first cell was told: the document ends well, and has no counts that could be relied on.
#[cfg(target_os = "linux")]
#[test]
fn diff_json_ends_well_when_a_disk_is_full_at_the_end() {
    let folder = pair(OLD, NEW);
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--json", "--csv", "/dev/full"]);
    assert_eq!(said.exit, 74, "{}", said.err);
    let json = said.json();
    assert_eq!((json["exit"].as_i64(), json["cells"].as_array().unwrap().len()), (Some(74), 1));
    assert!(json["error"]["code"].is_string() && json.get("changed_cells").is_none(), "{json}");
}

/// A workspace whose shop is at a loopback port.
fn workspace(port: u16) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(denpyo(folder.path(), &["init", "shop"]).exit, 0);
    let path = folder.path().join("shop");
    for name in ["secret", "key"] {
        fs::write(path.join(name), "SL000000_pretend").unwrap();
        #[cfg(unix)]
        fs::set_permissions(path.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let shops = format!(
        "[shop.demo]\nurl = \"demo-shop\"\nservice_secret = {{ file = \"secret\" }}\nlicense_key = {{ file = \"key\" }}\n\
         endpoint = \"http://127.0.0.1:{port}\"\npace = \"0s\"\n"
    );
    fs::write(path.join("denpyo.toml"), shops).unwrap();
    folder
}

#[test]
fn connect_says_at_once_that_nobody_answers() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = workspace(port);
    let began = std::time::Instant::now();
    let said = denpyo(folder.path(), &["connect", "-C", "shop"]);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(said.exit, 75, "{}{}", said.out, said.err);
    assert_eq!(said.out.matches("  × ").count(), 2, "one check decides for the rest: {}", said.out);
    // No `live` stands in the settings, and none is spoken of as if it did.
    assert!(said.out.contains("needs no live = true"), "{}", said.out);
    assert_eq!(denpyo(folder.path(), &["connect", "-C", "shop", "--json"]).json()["exit"], 75);
}

#[test]
fn a_ledger_that_cannot_be_opened_makes_one_document() {
    let folder = workspace(1);
    let shops = folder.path().join("shop/denpyo.toml");
    let text = fs::read_to_string(&shops).unwrap();
    fs::write(&shops, format!("{text}{}", text.replace("shop.demo", "shop.second"))).unwrap();
    fs::write(folder.path().join("shop/state/ledger.db"), "not a ledger ".repeat(100)).unwrap();
    for command in ["status", "settle"] {
        let said = denpyo(folder.path(), &[command, "-C", "shop", "--json"]);
        let json = said.json();
        assert_eq!(json["exit"].as_i64(), Some(said.exit.into()), "{command}: {json}");
        assert_eq!(json["shops"].as_array().map(Vec::len), Some(2), "{command}: {json}");
        assert!(json["shops"][1]["error"]["code"].is_string(), "{command}: {json}");
    }
}

#[test]
fn purge_keeps_what_is_still_needed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(denpyo(folder.path(), &["demo", "trial"]).exit, 0);
    let path = |name: &str| folder.path().join("trial").join(name);
    let names = |name: &str| -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(path(name)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let status = denpyo(folder.path(), &["status", "-C", "trial", "--json"]).json();
    let held = |status: &serde_json::Value| -> Vec<String> {
        let open = status["shops"][0]["open"].as_array().unwrap();
        let runs = open.iter().filter(|intent| intent["standing"] == "held");
        runs.map(|intent| intent["run"].as_str().unwrap().to_owned()).collect()
    };
    let (waiting, errors) = (held(&status), names("errors"));
    assert!(!waiting.is_empty() && !errors.is_empty() && !names("archive").is_empty(), "{status}");
    // Years later everything is past its retention.
    let late = Some("2039-01-01T05:00:00+0900");
    let dry = denpyo_at(folder.path(), &["purge", "-C", "trial", "--dry-run", "--json"], late);
    let gone = denpyo_at(folder.path(), &["purge", "-C", "trial", "--json"], late);
    assert_eq!(dry.json()["removed"], gone.json()["removed"]);
    assert!(!gone.json()["removed"].as_array().unwrap().is_empty(), "{}", gone.out);
    assert!(names("archive").is_empty());
    assert_eq!(names("errors"), errors);
    assert!(path("reports/最新.html").exists());
    for run in &waiting {
        assert!(path("review").join(run).join("plan.json").exists(), "{run}: {}", gone.out);
    }
    assert_eq!(held(&denpyo(folder.path(), &["status", "-C", "trial", "--json"]).json()), waiting);
}

#[test]
fn a_name_that_leads_nowhere_is_wrong_usage_and_the_nearest_is_named() {
    let folder = workspace(1);
    let check = |words: &[&str], exit: i32, expect: &str| {
        let said = denpyo(folder.path(), &[words, &["-C", "shop"]].concat());
        assert_eq!(said.exit, exit, "{words:?}: {}", said.err);
        assert!(said.err.contains(expect), "{words:?}: {}", said.err);
    };
    let nearest = "there is no pipeline `nightl`; did you mean `nightly`? (in pipelines/ there is nightly)";
    for command in ["run", "plan", "check"] {
        check(&[command, "nightl"], 64, nearest);
        check(&[command, "zzzzzzzz"], 64, "there is no pipeline `zzzzzzzz` (in pipelines/ there is nightly)");
    }
    check(&["apply", "review/none"], 64, "there is no file `review/none`");
    check(&["run", "nightly", "--orders", "none.txt"], 64, "there is no file `none.txt`");
    // What is there and cannot be read is the disk's trouble, or the settings'.
    check(&["run", "nightly", "--orders", "inbox"], 74, "[setting-file-unreadable]");
    fs::write(folder.path().join("shop/pipelines/odd.toml"), b"\xff").unwrap();
    check(&["run", "odd"], 78, "[setting-file-not-utf8]");
    let said = denpyo(folder.path(), &["run", "none", "-C", "shop", "--lang", "ja"]);
    assert!(said.err.contains("パイプライン `none` はありません") && !said.err.contains("not found"), "{}", said.err);
}

#[test]
fn a_shop_that_is_not_there_is_not_passed_over() {
    let folder = workspace(1);
    for command in ["status", "settle", "connect"] {
        let said = denpyo(folder.path(), &[command, "nosuch", "-C", "shop"]);
        assert_eq!(said.exit, 78, "{command}: {}{}", said.out, said.err);
        assert!(said.err.contains("there is no shop `nosuch`"), "{command}: {}", said.err);
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_says_that_nothing_is_lost() {
    use std::io::Read as _;
    use std::os::unix::process::ExitStatusExt as _;
    // A shop that takes the call and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = workspace(listener.local_addr().unwrap().port());
    for (signal, number) in [("-TERM", 15), ("-INT", 2)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_denpyo"))
            .args(["run", "nightly", "-C", "shop"])
            .current_dir(folder.path())
            .env("LANG", "en_US.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let call = listener.accept().unwrap();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(number), "{said}");
        assert!(said.contains("nothing is lost and nothing is sent twice"), "{said}");
        drop(call);
    }
}

#[test]
fn check_shows_a_wrong_layout_among_the_other_faults() {
    let folder = workspace(1);
    let pipeline = "name = \"x\"\nshop = \"demo\"\nnonsense = 1\n[read.a]\nfiles = \"inbox/*.csv\"\nlayout = \"yamato-b3\"\n\
                    [ship.a]\nfrom = \"a\"\nship_date = \"run-date\"\n[deliver]\nvia = \"api\"\n";
    fs::write(folder.path().join("shop/pipelines/x.toml"), pipeline).unwrap();
    let said = denpyo(folder.path(), &["check", "x", "-C", "shop", "--json"]);
    let faults = said.json()["faults"].as_array().unwrap().clone();
    let codes: Vec<&str> = faults.iter().map(|fault| fault["code"].as_str().unwrap()).collect();
    assert_eq!((said.exit, codes), (78, vec!["key-unknown", "layout-unknown"]), "{}", said.err);
    assert_eq!((faults[1]["line"].as_i64(), faults[1]["suggestion"].as_str()), (Some(6), Some("yamato-b2")));
}

#[test]
fn diff_writes_a_cell_of_megabytes_in_its_own_time() {
    let file = |end: &str| format!("注文番号,商品明細ID,コメント\nA,1,\"{}{end}\"\n", "あいう\n".repeat(400_000));
    let folder = pair(&file("甲"), &file("乙"));
    let began = std::time::Instant::now();
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--csv", "o.csv"]);
    assert_eq!(said.exit, 2, "{}", said.err);
    // Two seconds here without any optimisation; it was minutes.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert!(fs::metadata(folder.path().join("o.csv")).unwrap().len() > 8_000_000);
    assert!(said.out.contains("甲  …") && said.out.contains('乙'), "{}", said.out);
}

#[test]
fn diff_does_not_call_equal_what_it_could_not_compare() {
    let folder = pair(OLD, "注文番号,商品明細ID,単価\nA,1,10,more\nB,2,20\n");
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv"]);
    assert_eq!(said.exit, 2, "{}", said.out);
    assert!(said.out.contains("the row has too many cells (4, not 3)") && !said.out.contains("no differences"));
}

#[cfg(unix)]
#[test]
fn diff_takes_no_pipe_for_an_empty_file() {
    let folder = pair(OLD, NEW);
    let mut child = Command::new(env!("CARGO_BIN_EXE_denpyo"))
        .args(["diff", "old.csv", "/dev/stdin"])
        .current_dir(folder.path())
        .env("LANG", "en_US.UTF-8")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may be gone before it reads.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), NEW.as_bytes());
    let out = child.wait_with_output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(65), "{err}");
    assert!(err.contains("`/dev/stdin` is no regular file"), "{err}");
    let said = denpyo(folder.path(), &["diff", "old.csv", "."]);
    assert_eq!(said.exit, 65, "{}", said.err);
}

#[cfg(target_os = "linux")]
#[test]
fn diff_says_when_its_own_output_was_lost() {
    let folder = pair(OLD, NEW);
    for words in [&["diff", "old.csv", "new.csv"][..], &["diff", "old.csv", "new.csv", "--json"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let status =
            Command::new(env!("CARGO_BIN_EXE_denpyo")).args(words).current_dir(folder.path()).stdout(full).status();
        assert_eq!(status.unwrap().code(), Some(74), "{words:?}");
    }
}

#[test]
fn diff_counts_what_its_lists_do_not_hold() {
    let rows = |many: usize| (0..many).map(|row| format!("{row},x,1\n")).collect::<String>();
    let old = format!("注文番号,商品明細ID,単価\n{}", rows(25_000));
    let folder = pair(&old, "注文番号,商品明細ID,単価\n");
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv"]);
    assert!(said.out.contains("and 24960 more"), "{}", said.out);
    let said = denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--html", "o.html", "--json"]).json();
    assert_eq!(said["removed_rows"].as_array().map(Vec::len), Some(25_000));
    // The page is the same, whatever stands beside it.
    denpyo(folder.path(), &["diff", "old.csv", "new.csv", "--html", "p.html"]);
    let page = fs::read_to_string(folder.path().join("p.html")).unwrap();
    assert!(page.contains("this page shows 20000 of 25000 findings") && page.matches("<tr>").count() == 20_001);
    assert_eq!(fs::read_to_string(folder.path().join("o.html")).unwrap(), page);
}
