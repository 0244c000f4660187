//! What a journey left, and how it is held against what was written down.

use std::collections::BTreeMap;
use std::path::Path;

/// Path below `expect/` → bytes.
pub type Found = BTreeMap<String, Vec<u8>>;

/// Differences, for people. With `DENPYO_BLESS` set, writes what was found instead.
pub fn compare(journey: &Path, found: &Found) -> Vec<String> {
    let folder = journey.join("expect");
    if std::env::var_os("DENPYO_BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        for (name, bytes) in found {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        return Vec::new();
    }
    let mut wanted = Found::new();
    collect(&folder, &folder, &mut wanted);
    let mut trouble = Vec::new();
    for (name, bytes) in &wanted {
        match found.get(name) {
            None => trouble.push(format!("-- {name}: is not there any more")),
            Some(now) if now != bytes => trouble.push(format!("-- {name}: {}", first_difference(bytes, now))),
            Some(_) => {}
        }
    }
    trouble.extend(found.keys().filter(|name| !wanted.contains_key(*name)).map(|name| format!("-- {name}: is new")));
    trouble
}

/// All files below a folder, by their paths with slashes.
pub fn collect(root: &Path, folder: &Path, into: &mut Found) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, into);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            into.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

fn first_difference(was: &[u8], now: &[u8]) -> String {
    let (was, now) = (String::from_utf8_lossy(was), String::from_utf8_lossy(now));
    let (was, now): (Vec<&str>, Vec<&str>) = (was.lines().collect(), now.lines().collect());
    let at = was.iter().zip(&now).position(|(was, now)| was != now).unwrap_or(was.len().min(now.len()));
    let show = |lines: &[&str]| lines.iter().skip(at).take(4).copied().collect::<Vec<_>>().join("\n     ");
    format!("line {}\n   was: {}\n   now: {}", at + 1, show(&was), show(&now))
}
