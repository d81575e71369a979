//! The files of a config as one text, by which it can be resolved again when the folder has changed.
//!
//! Pure. Always holds: what is read back is, byte for byte, what was written. Files are texts but for
//! tables in the encoding of an office, which are kept as they are.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

/// The text of files by name.
pub fn write(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let contents = files.iter().map(|(name, bytes)| match std::str::from_utf8(bytes) {
        Ok(text) => (name, Content::Text(text.to_owned())),
        Err(_) => (name, Content::Bytes(bytes.clone())),
    });
    serde_json::to_vec(&contents.collect::<Vec<_>>()).expect("texts and bytes are plain JSON")
}

/// The files of such a text.
///
/// # Errors
/// When it is none.
pub fn read(text: &[u8]) -> Result<Vec<(String, Vec<u8>)>, serde_json::Error> {
    let contents: Vec<(String, Content)> = serde_json::from_slice(text)?;
    let bytes = |content| match content {
        Content::Text(text) => String::into_bytes(text),
        Content::Bytes(bytes) => bytes,
    };
    Ok(contents.into_iter().map(|(name, content)| (name, bytes(content))).collect())
}
