//! The connection itself, which can be told to break: closed or reset without a byte, cut half-way, or dripping.
//!
//! axum writes whole answers; what a caller must survive happens below it, so it is done here. It knows bytes
//! and nothing of HTTP beyond where a head ends.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// What happens to the answer now being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing special.
    Whole,
    /// Closed before a byte is written.
    Close,
    /// The same with a reset.
    Reset,
    /// Closed after this many bytes of the body.
    Half { left: usize },
    /// So many bytes at a time with a pause between.
    Drip { bytes: usize, pause: Duration },
}

/// Handed to the request handler, which sets the plan for its answer.
#[derive(Clone)]
pub struct Valve(Arc<Mutex<Plan>>);

impl Valve {
    pub fn set(&self, plan: Plan) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    fn get(&self) -> Plan {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Valve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Valve({:?})", self.get())
    }
}

/// The listening door.
pub struct Door(pub TcpListener);

/// One caller's connection.
pub struct Line {
    stream: TcpStream,
    valve: Valve,
    head_done: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, from)) => {
                    // Small answers should not wait for company; if it cannot be set they merely do.
                    let _ = stream.set_nodelay(true);
                    let valve = Valve(Arc::new(Mutex::new(Plan::Whole)));
                    return (Line { stream, valve, head_done: false, pause: None }, from);
                }
                // Out of file handles, or a caller that left at once: neither is cured by spinning.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Valve {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Valve {
        stream.io().valve.clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

fn broken() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::ConnectionAborted)
}

/// Where the body starts in these bytes, if the head ends in them.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.valve.get() {
            Plan::Whole => Pin::new(&mut self.stream).poll_write(cx, buf),
            Plan::Close => Poll::Ready(Err(broken())),
            Plan::Reset => {
                // With zero linger the close sends RST instead of FIN.
                let _ = self.stream.set_zero_linger();
                Poll::Ready(Err(broken()))
            }
            Plan::Half { left } => {
                let head = if self.head_done { 0 } else { head_end(buf).unwrap_or(buf.len()) };
                let allowed = buf.len().min(head + left);
                if allowed == 0 {
                    return Poll::Ready(Err(broken()));
                }
                let Some(part) = buf.get(..allowed) else {
                    return Poll::Ready(Err(broken()));
                };
                let written = match Pin::new(&mut self.stream).poll_write(cx, part) {
                    Poll::Ready(Ok(written)) => written,
                    other => return other,
                };
                if !self.head_done && head_end(buf).is_some_and(|end| written >= end) {
                    self.head_done = true;
                }
                self.valve.set(Plan::Half { left: left.saturating_sub(written.saturating_sub(head)) });
                Poll::Ready(Ok(written))
            }
            Plan::Drip { bytes, pause } => {
                if let Some(sleep) = &mut self.pause {
                    if sleep.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.pause = None;
                }
                let part = buf.get(..bytes.min(buf.len())).unwrap_or(buf);
                let written = Pin::new(&mut self.stream).poll_write(cx, part);
                if let Poll::Ready(Ok(_)) = written {
                    self.pause = Some(Box::pin(tokio::time::sleep(pause)));
                }
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expect: Option<usize>) {
        assert_eq!(head_end(bytes.as_bytes()), expect);
    }

    #[test]
    fn heads_end_at_the_empty_line() {
        check("HTTP/1.1 200 OK\r\n\r\n{}", Some(19));
        check("HTTP/1.1 200 OK\r\n", None);
    }
}
