//! Who may sign in: passwords, sessions and tokens, in a file of their own.
//!
//! Apart from the journal: what somebody signs in with is no fact of the district, must never be run
//! again, and goes at once when it is taken away. Knows hashes only; what they are of never comes here.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use plugin_api::PersonId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::StoreError;
use super::opening::cannot_open;

const FILE: &str = "accounts.db";
const VERSION: i64 = 1;
const BUSY_MS: u64 = 5_000;
/// A session's last use is written down at most so often: reading pages is not to write to the disk.
const SEEN_EVERY_MS: i64 = 60_000;

const SCHEMA: &str = "
    create table password (
        person text primary key, phc text not null, is_initial integer not null, until integer
    ) without rowid;
    create table session (
        hash blob primary key, person text not null, made integer not null, seen integer not null
    ) without rowid;
    create index session_person on session (person);
    create table token (
        hash blob primary key, person text not null, name text not null, may_act integer not null,
        made integer not null, until integer not null
    ) without rowid;
    pragma user_version = 1;
";

/// The accounts of one district.
#[derive(Debug)]
pub struct Accounts {
    db: Mutex<Connection>,
}

/// What a password is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password {
    /// Its hash, with salt and parameters, as PHC string.
    pub phc: String,
    /// Given by the host: its owner must choose another before anything else.
    pub is_initial: bool,
    /// Until when it is good; for ever, if none.
    pub until_ms: Option<i64>,
}

/// How long a session may go on.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Without being used.
    pub idle_ms: i64,
    /// At all.
    pub whole_ms: i64,
}

/// A token of a program that acts for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Whom it acts for.
    pub person: PersonId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it may do what changes something.
    pub may_act: bool,
    /// Until when it is good.
    pub until_ms: i64,
}

impl Accounts {
    /// Opens the accounts of a data folder, making them if there are none.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with what the operator must do.
    pub fn open(data: &Path) -> Result<Accounts, StoreError> {
        let path: PathBuf = data.join(FILE);
        let db = Connection::open(&path).map_err(|error| cannot_open(&path, error))?;
        db.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "secure_delete", true)?;
        let version: i64 = db.query_row("pragma user_version", [], |row| row.get(0))?;
        match version {
            0 => db.execute_batch(&format!("begin immediate; {SCHEMA} commit;"))?,
            VERSION => {}
            other => return Err(StoreError::Damaged(format!("{}: accounts of version {other}", path.display()))),
        }
        Ok(Accounts { db: Mutex::new(db) })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody's password.
    ///
    /// # Errors
    /// When the file does not give it.
    pub fn password(&self, person: &PersonId) -> Result<Option<Password>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("select phc, is_initial, until from password where person = ?1")?;
        let read =
            |row: &rusqlite::Row<'_>| Ok(Password { phc: row.get(0)?, is_initial: row.get(1)?, until_ms: row.get(2)? });
        Ok(statement.query_row([person.as_str()], read).optional()?)
    }

    /// Sets somebody's password. All their sessions end: whoever knew the one before is out.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn set_password(&self, person: &PersonId, password: &Password) -> Result<(), StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        tx.execute(
            "insert or replace into password (person, phc, is_initial, until) values (?1, ?2, ?3, ?4)",
            params![person.as_str(), password.phc, password.is_initial, password.until_ms],
        )?;
        tx.execute("delete from session where person = ?1", [person.as_str()])?;
        Ok(tx.commit()?)
    }

    /// Begins a session. Those that have ended by time go.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn begin_session(
        &self,
        hash: &[u8; 32],
        person: &PersonId,
        now_ms: i64,
        limits: SessionLimits,
    ) -> Result<(), StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        tx.execute(
            "delete from session where seen <= ?1 or made <= ?2",
            params![now_ms - limits.idle_ms, now_ms - limits.whole_ms],
        )?;
        tx.execute(
            "insert into session (hash, person, made, seen) values (?1, ?2, ?3, ?3)",
            params![hash, person.as_str(), now_ms],
        )?;
        Ok(tx.commit()?)
    }

    /// Whose session it is, if it goes on; it has been used now.
    ///
    /// # Errors
    /// When the file does not tell.
    pub fn use_session(
        &self,
        hash: &[u8; 32],
        now_ms: i64,
        limits: SessionLimits,
    ) -> Result<Option<PersonId>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("select person, made, seen from session where hash = ?1")?;
        let read =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let Some((person, made_ms, seen_ms)) = statement.query_row([hash], read).optional()? else { return Ok(None) };
        if seen_ms + limits.idle_ms <= now_ms || made_ms + limits.whole_ms <= now_ms {
            return Ok(None);
        }
        if seen_ms + SEEN_EVERY_MS <= now_ms {
            db.execute("update session set seen = ?2 where hash = ?1", params![hash, now_ms])?;
        }
        Ok(Some(PersonId::new(&*person)))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn end_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.db().execute("delete from session where hash = ?1", [hash])?;
        Ok(())
    }

    /// Keeps a token.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn add_token(&self, hash: &[u8; 32], token: &Token, now_ms: i64) -> Result<(), StoreError> {
        self.db().execute(
            "insert into token (hash, person, name, may_act, made, until) values (?1, ?2, ?3, ?4, ?5, ?6)",
            params![hash, token.person.as_str(), token.name, token.may_act, now_ms, token.until_ms],
        )?;
        Ok(())
    }

    /// The token of a hash, while it is good.
    ///
    /// # Errors
    /// When the file does not tell.
    pub fn token(&self, hash: &[u8; 32], now_ms: i64) -> Result<Option<Token>, StoreError> {
        let db = self.db();
        let mut statement =
            db.prepare_cached("select person, name, may_act, until from token where hash = ?1 and ?2 < until")?;
        Ok(statement.query_row(params![hash, now_ms], read_token).optional()?)
    }

    /// Somebody's tokens, by name.
    ///
    /// # Errors
    /// When the file does not tell.
    pub fn tokens(&self, person: &PersonId) -> Result<Vec<Token>, StoreError> {
        let db = self.db();
        let mut statement =
            db.prepare_cached("select person, name, may_act, until from token where person = ?1 order by name")?;
        let tokens = statement.query_map([person.as_str()], read_token)?;
        Ok(tokens.collect::<Result<_, _>>()?)
    }

    /// Takes all that somebody signs in with: password, sessions, tokens. Gives how many there were.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn close(&self, person: &PersonId) -> Result<usize, StoreError> {
        let mut db = self.db();
        let tx = db.transaction()?;
        let mut gone = 0;
        for table in ["password", "session", "token"] {
            gone += tx.execute(&format!("delete from {table} where person = ?1"), [person.as_str()])?;
        }
        tx.commit()?;
        Ok(gone)
    }
}

fn read_token(row: &rusqlite::Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        person: PersonId::new(row.get::<_, String>(0)?.as_str()),
        name: row.get(1)?,
        may_act: row.get(2)?,
        until_ms: row.get(3)?,
    })
}
