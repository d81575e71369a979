//! What the console works with: the config in force, the engine, the store to read, and who may sign in.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use plugin_api::Title;
use subtle::ConstantTimeEq as _;

use crate::code::keyed_hash;
use crate::config::Config;
use crate::district::exercise_ms;
use crate::engine::call::Caller;
use crate::engine::input::{Answer, Clock, Input};
use crate::engine::runner::Lane;
use crate::engine::secret::read_secret;
use crate::files::Files;
use crate::index::Index;
use crate::limits::{CODE_TRIES, PICTURES_TRIES, REPORTS_MS, REPORTS_TRIES, SIGN_IN_MS, SIGN_IN_TRIES};
use crate::picture::Studio;
use crate::store::accounts::Accounts;
use crate::store::{ReadStore, StoreError, open_reading};

use super::passwords::Passwords;
use super::tries::Tries;

/// Connections for reading that are kept for the next request.
const KEPT_READERS: usize = 8;

/// A config and its desks, as they are in force.
pub struct Running {
    /// The config.
    pub config: Arc<Config>,
    /// One caller for each of its desks.
    pub callers: Vec<Arc<dyn Caller>>,
}

/// What is in force, for all who read it; exchanged whole.
#[derive(Clone)]
pub struct InForce {
    running: Arc<RwLock<Arc<Running>>>,
    /// Why what lies on disk is not in force, where that is another config.
    held_back: Arc<Mutex<Option<Title>>>,
}

impl std::fmt::Debug for InForce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("InForce").field(&self.get().config.hash).finish()
    }
}

impl InForce {
    /// Begins with this.
    pub fn new(config: Arc<Config>, callers: Vec<Arc<dyn Caller>>) -> InForce {
        InForce { running: Arc::new(RwLock::new(Arc::new(Running { config, callers }))), held_back: Arc::default() }
    }

    /// What is in force.
    pub fn get(&self) -> Arc<Running> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in force.
    pub fn set(&self, config: Arc<Config>, callers: Vec<Arc<dyn Caller>>) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Running { config, callers });
        self.hold_back(None);
    }

    /// Says why what lies on disk is not in force; nothing once it is.
    pub fn hold_back(&self, why: Option<Title>) {
        *self.held_back.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Why what lies on disk is not in force.
    pub fn held_back(&self) -> Option<Title> {
        self.held_back.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the console is opened with.
pub struct House {
    /// What is in force.
    pub in_force: InForce,
    /// Lists, search and figures.
    pub index: Arc<Index>,
    /// Where people's inputs are put in.
    pub engine: Lane,
    /// Where rows of tables are put in.
    pub tables: Lane,
    /// The district's clock, which in an exercise stands still.
    pub clock: Arc<dyn Clock>,
    /// The clock that sessions and tries are counted by.
    pub wall: Arc<dyn Clock>,
    data: PathBuf,
    secret: [u8; 32],
    readers: Mutex<Vec<ReadStore>>,
    pub(super) accounts: Accounts,
    pub(super) passwords: Passwords,
    pub(super) tries: Tries,
    /// Reports without an account.
    pub(super) reports: Tries,
    /// Query codes that were tried.
    pub(super) codes: Tries,
    /// Pictures from visitors without an account.
    pub(super) pictures: Tries,
    pub(super) studio: Studio,
    pub(super) files: Files,
    pub(super) is_exercise: bool,
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("House").field(&self.data).finish()
    }
}

impl House {
    /// A house for a running engine, by its lanes for people and for tables.
    ///
    /// The clocks are the district's and the machine's; `program` is started for pictures.
    ///
    /// # Errors
    /// When the accounts or the files cannot be opened.
    pub fn new(
        in_force: InForce,
        index: Arc<Index>,
        (people, tables): (Lane, Lane),
        (clock, wall): (Arc<dyn Clock>, Arc<dyn Clock>),
        program: &Path,
    ) -> Result<House, StoreError> {
        let data = in_force.get().config.data.clone();
        let accounts = Accounts::open(&data)?;
        let files = Files::open(&data).map_err(|error| StoreError::Unusable(unreadable(&data, &error)))?;
        let secret = read_secret(open_reading(&data)?.reader())?;
        let secret = secret.ok_or_else(|| StoreError::Damaged("the district has no secret".to_owned()))?;
        let is_exercise = exercise_ms(open_reading(&data)?.reader())?.is_some();
        Ok(House {
            in_force,
            index,
            engine: people,
            tables,
            clock,
            wall,
            data,
            secret,
            readers: Mutex::default(),
            accounts,
            passwords: Passwords::new(),
            tries: Tries::new(SIGN_IN_TRIES, SIGN_IN_MS),
            reports: Tries::new(REPORTS_TRIES, REPORTS_MS),
            codes: Tries::new(CODE_TRIES, REPORTS_MS),
            pictures: Tries::new(PICTURES_TRIES, REPORTS_MS),
            studio: Studio::new(program),
            files,
            is_exercise,
        })
    }

    /// Reads the store on a connection that nobody else uses meanwhile.
    pub(super) fn read<T>(&self, read: impl FnOnce(&ReadStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = kept.map_or_else(|| open_reading(&self.data), Ok)?;
        let answer = read(&reader);
        // One that failed may be the reason.
        if answer.is_ok() {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < KEPT_READERS {
                readers.push(reader);
            }
        }
        answer
    }

    /// What only this district knows.
    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// A proof that this host said so.
    pub(super) fn prove(&self, text: &str) -> String {
        keyed_hash(&self.secret, "console", text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it is such a proof.
    pub(super) fn is_proof(&self, text: &str, proof: &str) -> bool {
        bool::from(self.prove(text).as_bytes().ct_eq(proof.as_bytes()))
    }

    /// Puts an input in and waits for its answer, which is on disk then (I1).
    ///
    /// # Errors
    /// When the engine has stopped.
    pub(super) fn put(&self, input: Input) -> Result<Answer, Title> {
        let stopped = || Title::new("系统正在停止，请稍后再试", "the host is stopping; try again in a moment");
        let answer = self.engine.put(input).map_err(|_| stopped())?;
        answer.recv().map_err(|_| stopped())
    }
}

fn unreadable(data: &Path, error: &std::io::Error) -> Title {
    let (folder, why) = (data.join(crate::files::FOLDER), crate::os_error::why(error));
    let folder = folder.display();
    Title::new(format!("{folder} 打不开：{}", why.zh), format!("{folder} cannot be read: {}", why.en))
}
