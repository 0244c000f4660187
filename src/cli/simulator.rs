//! `denpyo simulator`: the pretend RMS on loopback, until it is stopped.

use super::Shared;
use crate::model::exit::Exit;
use crate::sim;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args)]
pub struct Simulator {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:18080")]
    listen: SocketAddr,
    /// The pretend shop (JSON): service_secret, license_key, license_expiry, orders, sub_statuses, clock
    #[arg(long, value_name = "FILE")]
    shop: PathBuf,
    /// Faults and switches (JSON)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Seed of all chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Simulator {
    pub fn run(self, shared: &Shared) -> Exit {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(shared.path(path)).map_err(|error| format!("{}: {error}", path.display()))
        };
        let config = || -> Result<sim::Config, String> {
            let named = |path: &PathBuf, error: String| format!("{}: {error}", path.display());
            let shop = sim::Shop::from_json(&read(&self.shop)?).map_err(|error| named(&self.shop, error))?;
            let faults = match &self.faults {
                Some(path) => sim::Faults::from_json(&read(path)?).map_err(|error| named(path, error))?,
                None => sim::Faults::none(),
            };
            Ok(sim::Config { listen: self.listen, shop, faults, seed: self.seed })
        };
        let config = match config() {
            Ok(config) => config,
            Err(error) => {
                eprintln!("denpyo simulator: {error}");
                return Exit::Configuration;
            }
        };
        if !self.listen.ip().is_loopback() {
            eprintln!("denpyo simulator: 127.0.0.1 など自分のPCのアドレスだけで動きます / listens on loopback only");
            return Exit::Usage;
        }
        match sim::start(config) {
            Ok(running) => {
                let url = format!("http://{}", running.addr());
                if shared.json {
                    shared.put(&serde_json::json!({ "listening": url }).to_string());
                } else {
                    shared.put(&format!("模擬RMS / pretend RMS: {url}"));
                }
                running.wait();
                Exit::Done
            }
            Err(error) => {
                eprintln!("denpyo simulator: {}: {error}", self.listen);
                Exit::CannotCreate
            }
        }
    }
}
