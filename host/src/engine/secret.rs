//! What is random: the district's secret and the salts of bodies. Nothing that desks see depends on
//! it, so inputs run again give the same matters (I4).

use crate::store::{Reader, Store, StoreError};

/// The district's secret, made with its store.
pub(super) fn district_secret(store: &Store) -> Result<[u8; 32], StoreError> {
    if let Some(secret) = read_secret(store.reader())? {
        return Ok(secret);
    }
    let mut secret = [0; 32];
    fill_random(&mut secret);
    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    store.set_meta("secret", &text)?;
    Ok(secret)
}

/// The district's secret, if its store has been opened before.
pub(crate) fn read_secret(reader: Reader<'_>) -> Result<Option<[u8; 32]>, StoreError> {
    let Some(text) = reader.meta("secret")? else { return Ok(None) };
    let bytes: Option<Vec<u8>> =
        (0..text.len() / 2).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect();
    let secret = bytes.and_then(|bytes| bytes.try_into().ok());
    secret.map(Some).ok_or_else(|| StoreError::Damaged("the district's secret does not read back".to_owned()))
}

/// Random bytes; without them nothing secret can be made, so the host stops.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the kernel gives random bytes");
}

/// Salts of bodies, drawn many at a time.
#[derive(Debug)]
pub(super) struct Salts {
    pool: Vec<u8>,
    used: usize,
}

impl Default for Salts {
    fn default() -> Salts {
        Salts { pool: vec![0; 4096], used: 4096 }
    }
}

impl Salts {
    pub fn next(&mut self) -> [u8; 16] {
        if self.pool.len() < self.used + 16 {
            fill_random(&mut self.pool);
            self.used = 0;
        }
        let salt = self.pool[self.used..self.used + 16].try_into().expect("sixteen bytes");
        self.used += 16;
        salt
    }
}
