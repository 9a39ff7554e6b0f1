//! The local web application: scenarios explained, changed, run and compared in the browser.
//!
//! It listens on this computer only. Whatever a page changes becomes a scenario file that is laid over the chosen one in
//! memory and run as any other, so that the command line gives the same results; nothing in the folder is ever written.
//!
//! # Not here
//!
//! No rule of the model: what is run goes through [`run_range`](crate::experiment::replicate::run_range).

use std::future::{Future, IntoFuture};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::serve::app::App;
use crate::serve::folder::Folder;
use crate::serve::jobs::Jobs;

mod app;
mod ask;
mod assets;
mod controls;

mod folder;
mod guard;
mod jobs;
mod progress;
mod remains;
mod routes;
mod words;

/// How long whoever is in the middle of a request has left when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What is served, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of scenarios.
    pub folder: PathBuf,
    /// The port; 0: any that is free.
    pub port: u16,
    /// Threads of a run; [`None`]: as many as the machine has cores.
    pub threads: Option<u32>,
    /// How long the runs of a page that is gone go on, unless they are kept: as long as it takes to load it again.
    pub grace: Duration,
    /// Where the run folders of kept runs are written, if anywhere.
    pub out: Option<PathBuf>,
}

impl Settings {
    /// Serves `folder` at any port that is free, as the command line does.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, port: 0, threads: None, grace: Duration::from_secs(5), out: None }
    }
}

/// A server that listens.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

/// Ends a server from another thread.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Ends it: runs are stopped, kept ones keep what is finished, and what is being answered is answered. Who has not said
    /// all of a request a few seconds later is not waited for.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Begins to listen; requests are answered by [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, the port is taken, or the system refuses to start threads.
    pub fn bind(settings: &Settings) -> io::Result<Self> {
        let folder = Folder::open(&settings.folder)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let jobs = Jobs::start(settings.threads, settings.grace, settings.out.clone())?;
        let app = Arc::new(App::new(folder, jobs));
        Ok(Self { app, listener, address, stop: watch::Sender::new(false) })
    }

    /// Returns where the page is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what ends the server.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Returns what answers requests, to be tried without a connection.
    pub fn routes(&self) -> Router {
        routes::router(Arc::clone(&self.app))
    }

    /// Answers requests until it is ended.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn run(self) -> io::Result<()> {
        let Self { app, listener, stop, .. } = self;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let asked = |mut stopped: watch::Receiver<bool>| async move {
            // Whoever could stop it is gone only with the server.
            let _ = stopped.wait_for(|&stop| stop).await;
        };
        let ended = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let closed = || closing(Arc::clone(&app), asked(stop.subscribe()));
            let served = axum::serve(listener, routes::router(Arc::clone(&app)));
            let served = pin!(served.with_graceful_shutdown(closed()).into_future());
            let late = pin!(async {
                closed().await;
                sleep(LAST_WORDS).await;
            });
            match select(served, late).await {
                Either::Left((ended, _)) => ended,
                Either::Right(_) => Ok(()),
            }
        });
        app.jobs.close();
        ended
    }
}

/// Waits until the server is ended, and ends the runs, so that whoever watches them is told before the connections close.
async fn closing(app: Arc<App>, asked: impl Future<Output = ()>) {
    asked.await;
    // Whether it panicked or not, the server ends.
    let _ = tokio::task::spawn_blocking(move || app.jobs.close()).await;
}
