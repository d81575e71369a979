//! Names of plugins, as an author gives them: of the plugin, its crate, its type and its numbers.
//!
//! Pure. Always holds: the name is one that the host takes, that Rust takes for a crate, and whose
//! library is nobody else's.

use std::fmt;
use std::str::FromStr;

use plugin_api::Title;

const NAME_BYTES_MAX: usize = 32;

/// Words of Rust that no crate may be called by, in any edition.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Crates that every Rust program has or that the new one depends on.
const CRATES: [&str; 11] = [
    "std",
    "core",
    "alloc",
    "test",
    "proc-macro",
    "plugin-api",
    "hongling-plugin-api",
    "hongling",
    "serde",
    "serde-json",
    "jiff",
];

/// Their library would be one of the system's: `libc.so`.
const SYSTEM: [&str; 10] = ["c", "m", "dl", "rt", "pthread", "gcc-s", "stdc", "util", "z", "ssl"];

/// Words of the host, which would read wrongly where a desk is meant.
const HOST: [&str; 3] = ["host", "desk", "engine"];

/// Types that the template's code names.
const TAKEN: [&str; 34] = [
    "Answered",
    "Box",
    "Budget",
    "Cell",
    "Column",
    "Default",
    "Deserialize",
    "District",
    "Effects",
    "Err",
    "Fault",
    "Host",
    "Input",
    "Matter",
    "MatterFilter",
    "MatterId",
    "None",
    "Objection",
    "Ok",
    "Opening",
    "Option",
    "PlaceId",
    "Plugin",
    "Result",
    "Serialize",
    "Settings",
    "Some",
    "Status",
    "Step",
    "String",
    "Table",
    "Title",
    "Vec",
    "View",
];

/// A name that a new plugin may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginName(String);

/// Why a name is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadName(pub Title);

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for BadName {}

impl FromStr for PluginName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<PluginName, BadName> {
        let bad = |zh: &str, en: &str| Err(BadName(Title::new(zh, en)));
        let is_clean = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if text.is_empty() || NAME_BYTES_MAX < text.len() || !is_clean {
            return bad(
                "名称应为 1 到 32 个小写字母 a-z、数字 0-9 或连字符 -",
                "a name is 1 to 32 of a-z, 0-9 and -, such as home-visits",
            );
        }
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || text.ends_with('-') || text.contains("--") {
            return bad(
                "名称要以字母开头，连字符只用在中间，一次一个",
                "a name begins with a letter, and a - stands alone between letters or digits",
            );
        }
        if KEYWORDS.contains(&text) {
            return bad("是 Rust 的关键字；请换一个名称", "is a word of Rust itself; take another name");
        }
        if CRATES.contains(&text) {
            return bad(
                "是 Rust 或红领自己的库名；请换一个名称",
                "is the name of a crate that the new one needs; take another name",
            );
        }
        if SYSTEM.contains(&text) {
            return bad(
                "会和系统的库同名；请换一个名称",
                "would be the file of a library of the system; take another name",
            );
        }
        if HOST.contains(&text) {
            return bad("是主机自己的用语；请换一个名称", "is a word of the host itself; take another name");
        }
        Ok(PluginName(text.to_owned()))
    }
}

impl PluginName {
    /// The plugin's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The crate's name in code, and that of its file.
    pub fn krate(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The desk's type.
    pub fn desk(&self) -> String {
        let parts = self.0.split('-').map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_ascii_uppercase() + rest
        });
        let desk: String = parts.collect();
        let is_taken = TAKEN.contains(&desk.as_str());
        if is_taken { desk + "Desk" } else { desk }
    }

    /// The first letters of its matters' numbers: two.
    pub fn prefix(&self) -> String {
        let initials = self.0.split('-').filter_map(|part| part.chars().next());
        let letters = initials.take(2).collect::<String>();
        let letters = if letters.len() == 2 { letters } else { self.0.chars().chain(['x']).take(2).collect() };
        letters.to_ascii_uppercase()
    }
}
