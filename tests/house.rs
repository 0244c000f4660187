//! The house rules as tests: who may know whom, what every file begins with, and that nothing lies about unused.
#![allow(clippy::disallowed_methods, reason = "the rules are read from the tree itself")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(below: &Path, ending: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            all.push(path);
        }
    }
    all.sort();
    all
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// Which room of the house a file of `src` is in.
fn room(file: &str) -> &str {
    let inner = file.strip_prefix("src/").unwrap();
    inner.split(['/', '.']).next().unwrap()
}

#[test]
fn no_arrow_runs_back_up_the_stairs() {
    let may: [(&str, &[&str]); 4] =
        [("model", &["model"]), ("flow", &["flow", "model"]), ("edge", &["edge", "model"]), ("sim", &["sim", "model"])];
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let file = shown(&path);
        let Some((_, allowed)) = may.iter().find(|(name, _)| *name == room(&file)) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        for (line, content) in text.lines().enumerate() {
            for part in content.split("crate::").skip(1) {
                let known: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_room = ["model", "flow", "edge", "sim", "run", "cli"].contains(&known.as_str());
                if is_room && !allowed.contains(&known.as_str()) {
                    wrong.push(format!("{file}:{}: {known}", line + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "these know what they must not:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_none_is_a_drawer() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let file = shown(&path);
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with("//!") {
            wrong.push(format!("{file} does not begin with a paragraph"));
        }
        if text.len() > 48 * 1024 {
            wrong.push(format!("{file} has {} bytes", text.len()));
        }
        for left in ["todo!(", "unimplemented!(", concat!("FIX", "ME")] {
            if text.contains(left) {
                wrong.push(format!("{file} has {left}"));
            }
        }
        let stem = path.file_stem().unwrap().to_string_lossy();
        if ["util", "utils", "common", "misc", "helpers", "manager"].contains(&&*stem) {
            wrong.push(format!("{file} is a drawer"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let file = shown(&path);
        if room(&file) == "cli" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        if file.ends_with("tests.rs") {
            continue;
        }
        for word in ["println!(", "eprintln!(", "dbg!("] {
            if code.contains(word) {
                wrong.push(format!("{file}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_built_in_layout_has_its_file_and_a_sample() {
    let built_in: BTreeSet<String> =
        denpyo::flow::layout::built_in().iter().map(|(name, _)| (*name).to_owned()).collect();
    let stems = |folder: &str, ending: &str| -> BTreeSet<String> {
        files(&root().join(folder), ending)
            .iter()
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(built_in, stems("src/layouts", ".toml"));
    assert_eq!(built_in, stems("fixtures/samples", ".csv"));
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for name in &built_in {
        assert!(readme.contains(&format!("`{name}`")), "README.md does not name {name}");
    }
}

#[test]
fn the_readmes_name_every_command() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let cli = fs::read_to_string(root().join("src/cli/mod.rs")).unwrap();
    let list = cli.split("pub enum Command {").nth(1).unwrap().split("\n}").next().unwrap();
    let commands: Vec<String> = list
        .lines()
        .map(str::trim)
        .filter(|line| line.chars().next().is_some_and(char::is_uppercase))
        .map(|line| line.split(['(', ' ', '{', ',']).next().unwrap().to_lowercase())
        .collect();
    assert!(commands.len() >= 18, "{commands:?}");
    for command in commands {
        assert!(readme.contains(&format!("`{command}")), "README.md does not name `{command}`");
    }
}
