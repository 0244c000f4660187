//! `denpyo check`: fields, wiring, layouts, examples and folders. No network.

use super::Shared;
use super::open::{self, Trouble};
use crate::edge::workspace::{self, Workspace};
use crate::flow::{config, example};
use crate::model::exit::{Exit, Stop};
use crate::model::fault::Fault;
use crate::model::words::{Lang, setting};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Args)]
pub struct Check {
    /// Pipeline files (default: all in pipelines/)
    #[arg(value_name = "PIPELINE")]
    pipelines: Vec<PathBuf>,
}

impl Check {
    pub fn run(self, shared: &Shared) -> Exit {
        let workspace = match workspace::open(&shared.dir) {
            Ok(workspace) => workspace,
            Err(why) => return shared.stopped(&Stop::new(Exit::Configuration, why)),
        };
        let (names, mut faults, mut texts) = (self.names(&workspace), Vec::new(), BTreeMap::new());
        let names = match names {
            Ok(names) => names,
            Err(stop) => return shared.stopped(&stop),
        };
        let mut warnings: Vec<Fault> = Vec::new();
        let mut sound = Vec::new();
        for name in names {
            match open::pipeline(shared, &name) {
                Ok(opened) => {
                    let failed =
                        example::run(&opened.pipeline, &opened.pipeline_file.name, &opened.layouts, &opened.shops);
                    if failed.is_empty() {
                        sound.push((opened.pipeline_file.name.clone(), opened.pipeline.examples.len()));
                    }
                    faults.extend(failed);
                    warnings.extend(opened.warnings);
                    warnings.extend(missing_folders(&opened.workspace, &opened.pipeline, &opened.pipeline_file.name));
                    texts.extend(opened.texts);
                }
                Err(Trouble::Stop(stop)) => return shared.stopped(&stop),
                Err(Trouble::Faults { faults: found, texts: read }) => {
                    faults.extend(found);
                    texts.extend(read);
                }
            }
        }
        faults.dedup();
        warnings.dedup();
        self.say(shared, &faults, &warnings, &texts, &sound)
    }

    fn names(&self, workspace: &Workspace) -> Result<Vec<PathBuf>, Stop> {
        if !self.pipelines.is_empty() {
            return Ok(self.pipelines.clone());
        }
        let files = workspace.pipelines().map_err(|whys| {
            let why = whys.into_iter().next().unwrap_or_else(|| setting::NOTHING_SAID.plain());
            Stop::new(Exit::Configuration, why)
        })?;
        if files.is_empty() {
            return Err(Stop::new(Exit::Configuration, setting::NO_PIPELINE.plain()));
        }
        Ok(files.into_iter().map(|file| PathBuf::from(file.name)).collect())
    }

    fn say(
        &self,
        shared: &Shared,
        faults: &[Fault],
        warnings: &[Fault],
        texts: &BTreeMap<String, String>,
        sound: &[(String, usize)],
    ) -> Exit {
        let lang = shared.lang();
        let exit = if faults.is_empty() { Exit::Done } else { Exit::Configuration };
        if !warnings.is_empty() {
            shared.say(config::show_warnings(warnings, texts, lang, shared.colour_stderr()).trim_end());
        }
        if !faults.is_empty() {
            eprint!("{}", config::show(faults, texts, lang, shared.colour_stderr()));
        }
        if shared.json {
            let mut document = open::fault_json(faults, texts, shared);
            let soft = open::fault_json(warnings, texts, shared);
            document["exit"] = exit.code().into();
            document["warnings"] = soft["faults"].clone();
            document["checked"] = sound.iter().map(|(name, _)| name.as_str()).collect();
            shared.put(&document.to_string());
            return exit;
        }
        for (name, examples) in sound {
            shared.put(&match lang {
                Lang::Ja => format!("{name}: 問題ありません（例 {examples} 件）"),
                Lang::En => format!("{name}: sound ({examples} examples)"),
            });
        }
        if !faults.is_empty() {
            shared.say(&match lang {
                Lang::Ja => format!("{} 件の誤りがあります", faults.len()),
                Lang::En => format!("{} faults", faults.len()),
            });
        }
        exit
    }
}

/// Folders that a read looks into and that are not there: a person would drop files nowhere.
fn missing_folders(workspace: &Workspace, pipeline: &crate::model::pipeline::Pipeline, file: &str) -> Vec<Fault> {
    let mut missing = Vec::new();
    for read in &pipeline.reads {
        for pattern in &read.files {
            let pattern = pattern.replace("{shop}", &pipeline.shop.0);
            let fixed: PathBuf = std::path::Path::new(&pattern)
                .parent()
                .into_iter()
                .flat_map(std::path::Path::components)
                .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
                .collect();
            if !workspace.root().join(&fixed).is_dir() {
                let why =
                    crate::model::words::delivering::FOLDER_MISSING.with([("folder", fixed.display().to_string())]);
                missing.push(Fault { file: file.to_owned(), span: None, why, suggestion: None });
            }
        }
    }
    missing
}
