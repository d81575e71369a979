//! Which of the configs that were kept an input was run under.

use rusqlite::OptionalExtension as _;

use super::{Reader, StoreError};

impl Reader<'_> {
    /// The hash of the config that was in force when an input was run.
    ///
    /// # Errors
    /// When the database refuses, or what it gives does not read.
    pub fn config_of(&self, input: u64) -> Result<Option<String>, StoreError> {
        let sql = "select cast(o.bytes as text) from input i join body o on o.seq = i.config where i.seq = ?1";
        let body: Option<String> = self.db().prepare_cached(sql)?.query_row([input], |row| row.get(0)).optional()?;
        let Some(body) = body else { return Ok(None) };
        let body: serde_json::Value =
            serde_json::from_str(&body).map_err(|error| StoreError::Damaged(format!("a switch of config: {error}")))?;
        Ok(body.get("config").and_then(serde_json::Value::as_str).map(str::to_owned))
    }
}
