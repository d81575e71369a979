//! The way in: one loop that takes connections, so many and no more, each with its times.
//!
//! Ours, because the framework's keeps a half-sent head or body open for ever. Always holds: a head
//! comes in its time or the connection ends, and one that rests ends too; an answer that nobody reads on
//! is given up; a connection too many is not taken before another has ended. HTTP/1.1 only.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use crate::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_MS_MAX, READER_MS_MAX, STOP_MS_MAX};

/// A wait after the system gave no connection, as when it has no descriptor left.
const REFUSED: Duration = Duration::from_millis(50);

/// How many connections there may be, and how long one may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// At once.
    pub connections: usize,
    /// For a head to come, and to rest between two.
    pub head: Duration,
    /// For an answer to be read on.
    pub reader: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            connections: CONNECTIONS_MAX,
            head: Duration::from_millis(HEAD_MS_MAX),
            reader: Duration::from_millis(READER_MS_MAX),
        }
    }
}

/// Takes connections until told to stop; then gives those there are some time to end.
pub(super) async fn accept(listener: TcpListener, router: Router, bounds: Bounds, mut stopped: watch::Receiver<bool>) {
    let connections = Arc::new(Semaphore::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let permit = Arc::clone(&connections).acquire_owned();
        let Some(Ok(permit)) = or_stopped(permit, &mut stopped).await else { break };
        let Some(accepted) = or_stopped(listener.accept(), &mut stopped).await else { break };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(REFUSED).await;
            continue;
        };
        let connection = graceful.watch(serve(stream, from, router.clone(), bounds));
        tokio::spawn(async move {
            // How a connection ends concerns only whoever held its other end.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(Duration::from_millis(STOP_MS_MAX), graceful.shutdown()).await;
}

/// What comes of it, unless the host is to stop first.
async fn or_stopped<T>(future: impl Future<Output = T>, stopped: &mut watch::Receiver<bool>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut stopping = std::pin::pin!(stopped.wait_for(|is_stopping| *is_stopping));
    std::future::poll_fn(|context| {
        if stopping.as_mut().poll(context).is_ready() {
            return std::task::Poll::Ready(None);
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}

type Wrong = Box<dyn std::error::Error + Send + Sync>;
type Io = TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>>;

fn serve(
    stream: TcpStream,
    from: SocketAddr,
    router: Router,
    bounds: Bounds,
) -> http1::Connection<Io, impl HttpService<Incoming, ResBody = Body, Error: Into<Wrong>, Future: Send> + Send> {
    // A small answer is not to wait for more to send with it.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.reader));
    let service = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(from));
        hyper::service::Service::call(&service, request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_header_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}

#[cfg(test)]
mod tests;
