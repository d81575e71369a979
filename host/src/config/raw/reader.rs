//! One TOML table, asked key by key.
//!
//! Remembers what was asked for, so that [`Reader::finish`] can name every other key. Never stops:
//! what is missing or of another type is remarked with its place, and the rest is read.

use plugin_api::Title;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::super::problem::{Remarks, named, quoted};
use super::super::source::{Located, Spot};
use super::datum::{Datum, Entries, bool_word, datum, entries, integer_word, text_word, word};

const NAME_BYTES_MAX: usize = 32;

/// Whether a text is a name: 1 to 32 of `a-z`, `0-9`, `-`.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// A table that is being read.
pub(crate) struct Reader<'t, 'i> {
    table: &'t DeTable<'i>,
    /// Where it stands.
    pub(crate) spot: Spot,
    /// How problems call it: `[desk.council]`.
    name: Title,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Reader<'t, 'i> {
    pub(crate) fn new(table: &'t DeTable<'i>, spot: Spot, name: Title) -> Reader<'t, 'i> {
        Reader { table, spot, name, asked: Vec::new() }
    }

    fn get(&mut self, key: &'static str) -> Option<(&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>)> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.iter().find(|(given, _)| given.get_ref() == key)
    }

    fn key_spot(&self, key: &Spanned<DeString<'_>>) -> Spot {
        self.spot.at(key.span().start)
    }

    /// The place of a key, if it is there.
    pub(crate) fn spot_of(&mut self, key: &'static str) -> Option<Spot> {
        let (key, _) = self.get(key)?;
        Some(self.key_spot(key))
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(given, _)| given.get_ref() == key)
    }

    /// Whether a key is there and nothing else.
    pub(crate) fn has_only(&self, key: &str) -> bool {
        self.has(key) && self.table.iter().count() == 1
    }

    /// Remarks that a key is missing.
    pub(crate) fn missing(&self, key: &str, remarks: &mut Remarks) {
        let Title { zh, en } = &self.name;
        remarks.error(self.spot, format!("{zh} 缺少“{key}”"), format!("{en} has no {key:?}"));
    }

    fn wrong(&self, key: &str, wanted: &Title, spot: Spot, found: &DeValue<'_>, remarks: &mut Remarks) {
        must_be(key, wanted, &word(found), spot, remarks);
    }

    /// A text, if it is there.
    pub(crate) fn text(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<String>> {
        let (_, value) = self.get(key)?;
        let spot = self.spot.at(value.span().start);
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                remarks.error(spot, format!("“{key}”是空的"), format!("{key:?} is empty"));
                None
            }
            DeValue::String(text) => Some(Located { value: text.to_string(), spot }),
            other => {
                self.wrong(key, &text_word(), spot, other, remarks);
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn need_text(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<String>> {
        if !self.has(key) {
            self.missing(key, remarks);
        }
        self.text(key, remarks)
    }

    /// A text that is a name, if it is there.
    pub(crate) fn name(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<String>> {
        let text = self.text(key, remarks)?;
        check_name(key, &text, remarks).then_some(text)
    }

    /// A name that must be there.
    pub(crate) fn need_name(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<String>> {
        if !self.has(key) {
            self.missing(key, remarks);
        }
        self.name(key, remarks)
    }

    /// One text or a list of texts; empty if the key is not there.
    pub(crate) fn texts(&mut self, key: &'static str, remarks: &mut Remarks) -> Vec<Located<String>> {
        let Some((_, value)) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            return self.text(key, remarks).into_iter().collect();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            let spot = self.spot.at(item.span().start);
            match item.get_ref() {
                DeValue::String(text) => texts.push(Located { value: text.to_string(), spot }),
                other => self.wrong(key, &Title::new("文字的列表", "a list of texts"), spot, other, remarks),
            }
        }
        texts
    }

    /// One text or a list of texts, at least one.
    pub(crate) fn need_texts(&mut self, key: &'static str, remarks: &mut Remarks) -> Vec<Located<String>> {
        match self.get(key) {
            None => self.missing(key, remarks),
            Some((_, value)) if value.get_ref().as_array().is_some_and(|items| items.is_empty()) => {
                let spot = self.spot.at(value.span().start);
                remarks.error(spot, format!("“{key}”是空的"), format!("{key:?} is empty"));
            }
            Some(_) => {}
        }
        self.texts(key, remarks)
    }

    /// A whole number, if it is there.
    pub(crate) fn integer(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<i64>> {
        let (_, value) = self.get(key)?;
        let spot = self.spot.at(value.span().start);
        match datum(value, spot, remarks)?.value {
            Datum::Integer(value) => Some(Located { value, spot }),
            other => {
                must_be(key, &integer_word(), &other.word(), spot, remarks);
                None
            }
        }
    }

    /// True or false, if it is there.
    pub(crate) fn flag(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<bool>> {
        let (_, value) = self.get(key)?;
        let spot = self.spot.at(value.span().start);
        match datum(value, spot, remarks)?.value {
            Datum::Bool(value) => Some(Located { value, spot }),
            other => {
                must_be(key, &bool_word(), &other.word(), spot, remarks);
                None
            }
        }
    }

    /// A date and time, written as text or as TOML has them, if it is there.
    pub(crate) fn moment(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Located<String>> {
        let (_, value) = self.get(key)?;
        let spot = self.spot.at(value.span().start);
        match datum(value, spot, remarks)?.value {
            Datum::Text(value) => Some(Located { value, spot }),
            other => {
                must_be(key, &text_word(), &other.word(), spot, remarks);
                None
            }
        }
    }

    /// `{ zh = "…", en = "…" }`, if it is there.
    pub(crate) fn title(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Title> {
        let mut table = self.table(key, remarks)?;
        let zh = table.need_text("zh", remarks);
        let en = table.need_text("en", remarks);
        table.finish(remarks);
        Some(Title::new(zh?.value, en?.value))
    }

    /// A table, if it is there.
    pub(crate) fn table(&mut self, key: &'static str, remarks: &mut Remarks) -> Option<Reader<'t, 'i>> {
        let (given, value) = self.get(key)?;
        let spot = self.key_spot(given);
        match value.get_ref() {
            DeValue::Table(table) => Some(Reader::new(table, spot, Title::new(format!("“{key}”"), format!("{key:?}")))),
            other => {
                self.wrong(key, &Title::new("表", "a table"), spot, other, remarks);
                None
            }
        }
    }

    /// The tables `[key.NAME]`, with their names.
    pub(crate) fn named_tables(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Vec<(Located<String>, Reader<'t, 'i>)> {
        let Some(outer) = self.table(key, remarks) else { return Vec::new() };
        let mut tables = Vec::new();
        for (name, value) in outer.table {
            let spot = outer.key_spot(name);
            let name = Located { value: name.get_ref().to_string(), spot };
            let DeValue::Table(table) = value.get_ref() else {
                let found = word(value.get_ref());
                remarks.error(
                    spot,
                    format!("{key} {} 应是表，不是{}", named(&name.value), found.zh),
                    format!("{key} {} must be a table, not {}", quoted(&name.value), found.en),
                );
                continue;
            };
            check_name(key, &name, remarks);
            let called = format!("[{key}.{}]", name.value);
            tables.push((name, Reader::new(table, spot, Title::new(called.as_str(), called.as_str()))));
        }
        tables
    }

    /// The tables `[[key]]`.
    pub(crate) fn tables(&mut self, key: &'static str, remarks: &mut Remarks) -> Vec<Reader<'t, 'i>> {
        let Some((given, value)) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            let wanted =
                Title::new(format!("写成 [[{key}]] 的表的列表"), format!("written [[{key}]], a list of tables"));
            self.wrong(key, &wanted, self.key_spot(given), value.get_ref(), remarks);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            let spot = self.spot.at(item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => {
                    let name = Title::new(format!("这段 [[{key}]]"), format!("this [[{key}]]"));
                    tables.push(Reader::new(table, spot, name));
                }
                other => self.wrong(key, &Title::new("表的列表", "a list of tables"), spot, other, remarks),
            }
        }
        tables
    }

    /// All entries of a table, whatever they hold; empty if it is not there.
    pub(crate) fn entries(&mut self, key: &'static str, remarks: &mut Remarks) -> Entries {
        let Some(table) = self.table(key, remarks) else { return Vec::new() };
        entries(table.table, table.spot, remarks)
    }

    /// A table of texts; empty if it is not there.
    pub(crate) fn text_entries(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Vec<(Located<String>, Located<String>)> {
        let mut texts = Vec::new();
        for (name, item) in self.entries(key, remarks) {
            match item.value {
                Datum::Text(text) => texts.push((name, Located { value: text, spot: item.spot })),
                other => {
                    must_be(&name.value, &text_word(), &other.word(), item.spot, remarks);
                    // It is given, if wrongly: nobody should be told that it is missing.
                    texts.push((name, Located { value: String::new(), spot: item.spot }));
                }
            }
        }
        texts
    }

    /// Remarks every key that nobody asked for.
    pub(crate) fn finish(self, remarks: &mut Remarks) {
        for (key, _) in self.table {
            if !self.asked.contains(&&**key.get_ref()) {
                let Title { zh, en } = &self.name;
                remarks
                    .error(
                        self.key_spot(key),
                        format!("{zh} 里没有{}这一项", named(key.get_ref())),
                        format!("unknown key {} in {en}", quoted(key.get_ref())),
                    )
                    .suggest(key.get_ref(), self.asked.iter().copied());
            }
        }
    }
}

/// Whether a text is a name; remarks it if not.
pub(crate) fn check_name(what: &str, text: &Located<String>, remarks: &mut Remarks) -> bool {
    let is_clean = is_name(&text.value);
    if !is_clean {
        remarks
            .error(
                text.spot,
                format!("{what} {} 不能作名称", named(&text.value)),
                format!("{what} {} is not a name", quoted(&text.value)),
            )
            .hint(
                format!("名称由 1 到 {NAME_BYTES_MAX} 个 a-z、0-9 和 - 组成"),
                format!("a name is 1 to {NAME_BYTES_MAX} of a-z, 0-9 and -"),
            );
    }
    is_clean
}

/// Remarks that a value is of another type than it must be.
pub(crate) fn must_be(what: &str, wanted: &Title, found: &Title, spot: Spot, remarks: &mut Remarks) {
    remarks.error(
        spot,
        format!("“{what}”应是{}，不是{}", wanted.zh, found.zh),
        format!("{what:?} must be {}, not {}", wanted.en, found.en),
    );
}
