//! Desks opened while a config is read: to be used, or each in a process of its own that ends at once,
//! so that one which aborts or hangs in `open` costs a check nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugin_api::{Fault, Manifest, Title};

use super::stands::{Absent, Here};
use crate::config::{Libraries, Opening};
use crate::engine::call::Caller;
use crate::plugins::{Apart, Isolated, LibraryError, Opened, Shelf};
use crate::worker::Guards;

/// Processes that are started at once.
const AT_ONCE_MAX: usize = 16;

/// Opens desks and keeps them.
pub(super) struct Opener<'s> {
    pub shelf: &'s mut Shelf,
    /// The program that is started for desks in processes of their own.
    pub program: &'s Path,
    /// Desks that are not opened, since nobody will call them.
    pub apart: &'s BTreeSet<String>,
    /// The desks that were opened, in the order of the config.
    pub opened: Vec<Arc<dyn Caller>>,
    /// Those in processes of their own, and what guards these.
    pub isolated: BTreeMap<String, Guards>,
    /// Why a library cannot be used, which is no mistake of the config.
    pub unusable: Option<Title>,
}

impl Libraries for Opener<'_> {
    fn manifest(&mut self, library: &str, folders: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        self.shelf.manifest(library, folders)
    }

    fn known(&self, folders: &[PathBuf]) -> Vec<String> {
        self.shelf.known(folders)
    }

    fn open(&mut self, desks: &[Opening<'_>]) -> Vec<Result<(), Fault>> {
        let mut open = |opening: &Opening<'_>| {
            let Opening { desk, .. } = opening;
            if self.apart.contains(&desk.name) {
                let library = self.shelf.find(&desk.library, &[]).ok();
                self.opened.push(Arc::new(Absent { library: library.map(|library| library.sha256.to_string()) }));
                return Ok(());
            }
            match self.shelf.open(opening, self.program) {
                Err(error) => {
                    self.unusable.get_or_insert(error.words());
                }
                Ok(opened) => self.opened.push(match opened? {
                    Opened::Here(desk, twin) => Arc::new(Here::new(desk, twin)),
                    Opened::Apart(apart) => {
                        self.isolated.insert(desk.name.clone(), apart.guards().clone());
                        Arc::new(*apart)
                    }
                }),
            }
            Ok(())
        };
        desks.iter().map(&mut open).collect()
    }
}

/// Opens each desk in a process of its own, which ends at once.
pub(super) struct Prober<'s> {
    pub shelf: &'s mut Shelf,
    pub program: &'s Path,
    /// Why a library cannot be used, which is no mistake of the config.
    pub unusable: Option<Title>,
}

impl Libraries for Prober<'_> {
    fn manifest(&mut self, library: &str, folders: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        self.shelf.manifest(library, folders)
    }

    fn known(&self, folders: &[PathBuf]) -> Vec<String> {
        self.shelf.known(folders)
    }

    fn open(&mut self, desks: &[Opening<'_>]) -> Vec<Result<(), Fault>> {
        let mut opened = Vec::new();
        for desks in desks.chunks(AT_ONCE_MAX) {
            let apart: Vec<Result<Apart, LibraryError>> = desks.iter().map(|opening| self.apart(opening)).collect();
            std::thread::scope(|scope| {
                let opening: Vec<_> = desks
                    .iter()
                    .zip(apart)
                    .map(|(opening, apart)| scope.spawn(move || apart.and_then(|apart| apart.open(opening))))
                    .collect();
                opened.extend(opening.into_iter().map(|thread| match thread.join() {
                    Ok(opened) => opened,
                    Err(panic) => std::panic::resume_unwind(panic),
                }));
            });
        }
        let mut judge = |opened: Result<Result<_, Fault>, LibraryError>| match opened {
            Ok(opened) => opened.map(drop::<Isolated>),
            Err(error) => {
                self.unusable.get_or_insert(error.words());
                Ok(())
            }
        };
        opened.into_iter().map(&mut judge).collect()
    }
}

impl Prober<'_> {
    fn apart(&mut self, opening: &Opening<'_>) -> Result<Apart, LibraryError> {
        let mut apart = self.shelf.apart(opening, self.program)?;
        // What may run in the host's own process need not be kept from anything here.
        apart.limits.accepts_no_sandbox |= self.shelf.may_run_here(&opening.desk.library)?;
        Ok(apart)
    }
}
