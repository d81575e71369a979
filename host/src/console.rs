//! The console: everybody's day's work in a browser, and the same for programs at `/api/v1`.
//!
//! The one module that names HTTP. Decides nothing: what somebody may see and do is decided by
//! `permission`, what happens by the engine. Always holds: no route without a policy; nothing changes by
//! a GET; every answer carries the headers that keep a page from being made to act or run code.

pub mod house;
mod accept;
mod ask;
mod door;
mod visitor;
mod reply;
mod passwords;
mod tries;
mod sign_in;
mod upload;
mod pages;
mod api;
mod assets;
mod finding;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::limits::{REQUESTS_MAX, STOP_MS_MAX};
use accept::Bounds;
use door::Routes;
use house::House;

pub(crate) use passwords::{digest, hash, make_password, make_token};

/// Threads that work on requests: each may wait for the store or the engine.
const WORKING_THREADS: usize = 64;
const _: () = assert!(WORKING_THREADS <= REQUESTS_MAX, "what is let in is worked on or waits for its turn");

/// A running console.
#[derive(Debug)]
pub struct Console {
    runtime: Runtime,
    address: SocketAddr,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Console {
    /// Opens the console at an address; with port 0 at any that is free.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn open(house: House, at: SocketAddr) -> std::io::Result<Console> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(WORKING_THREADS)
            .thread_name("console")
            .enable_all()
            .build()?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let listener = runtime.block_on(tokio::net::TcpListener::bind(at))?;
        let address = listener.local_addr()?;
        let house = Arc::new(house);
        runtime.spawn(upload::sweep_hourly(Arc::clone(&house)));
        let router = routes().into_router(house);
        runtime.spawn(accept::accept(listener, router, Bounds::default(), stopped));
        Ok(Console { runtime, address, stop })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and gives those it has some seconds to end.
    pub fn close(self) {
        // Nobody listens if the loop has ended.
        let _ = self.stop.send(true);
        self.runtime.block_on(async {
            let _ = tokio::time::timeout(Duration::from_millis(STOP_MS_MAX), self.stop.closed()).await;
        });
        self.runtime.shutdown_timeout(Duration::from_millis(100));
    }
}

/// Everything there is at an address.
fn routes() -> Routes {
    let mut routes = Routes::default();
    assets::add(&mut routes);
    sign_in::add(&mut routes);
    pages::add(&mut routes);
    upload::add(&mut routes);
    api::add(&mut routes);
    routes
}
