//! The pretend RMS: a faithful peer of the order API on a loopback port, with memory, a clock and faults.
//!
//! It exists so that a night can be rehearsed without a shop. It speaks the real paths, envelopes, codes and
//! states; where the public record is silent it follows the defaults of the reference, each with a switch, and
//! answers with codes that contain `SIM` so that nobody builds on a guess. It has its own wire types and knows
//! nothing of how the rest of this program talks or thinks. `docs/simulator.md` describes the shop file, the
//! fault file, the switches and the endpoints under `/_simulator`.
//!
//! Inside: `server` is the HTTP side and `line` the connection below it; `wire` holds envelopes and the generic
//! checks; `world` remembers, and does what time does; `shape` and `money` know what an order looks like and what
//! it costs; each remaining file is one operation or a few that belong together; `desk` is the tester's.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

mod cancel;
mod clock;
mod confirm;
mod desk;
mod faults;
mod get;
mod key;
mod line;
mod marks;
mod money;
mod names;
mod orderer;
mod payment;
mod queue;
mod search;
mod sender;
mod server;
mod shape;
mod shipping;
mod shop;
mod value;
mod vocabulary;
mod wire;
mod world;

pub use faults::Faults;
pub use shop::Shop;

/// Everything a pretend RMS needs to start.
pub struct Config {
    /// Port 0 takes a free one; `Running::addr` tells which.
    pub listen: SocketAddr,
    pub shop: Shop,
    pub faults: Faults,
    /// The same seed, shop, faults and calls give the same answers.
    pub seed: u64,
}

/// A pretend RMS that runs on a thread of its own. Dropping it stops it.
pub struct Running {
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the pretend RMS. Fails if the address cannot be listened on or the runtime cannot be built.
pub fn start(config: Config) -> std::io::Result<Running> {
    let listener = TcpListener::bind(config.listen)?;
    listener.set_nonblocking(true)?;
    let addr = listener.local_addr()?;
    let shared = Arc::new(server::Shared::new(world::World::new(config.shop, config.faults, config.seed)));
    // A runtime and a thread of its own, because the callers' blocking client panics inside anybody's runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("pretend-rms")
        .enable_all()
        .build()?;
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new().name("pretend-rms".into()).spawn(move || {
        runtime.block_on(serve(listener, shared, stopped));
        // Answers that are still dripping are cut off rather than waited for.
        runtime.shutdown_background();
    })?;
    Ok(Running { addr, stop: Some(stop), thread: Some(thread) })
}

async fn serve(listener: TcpListener, shared: Arc<server::Shared>, stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let service = server::router(shared).into_make_service_with_connect_info::<line::Valve>();
    tokio::select! {
        _ = axum::serve(line::Door(listener), service) => {}
        _ = stopped => {}
    }
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops it and waits until its thread has ended.
    pub fn stop(mut self) {
        self.end();
    }

    /// Blocks until it has ended by itself, which it does only when it cannot go on.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread ends the waiting like any other end.
            let _ = thread.join();
        }
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
