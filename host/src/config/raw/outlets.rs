//! Outlets, what their desks are granted, and notices as a district words them: as they are written.

use super::reader::Reader;
use crate::config::problem::Remarks;
use crate::config::source::{Located, Spot};

/// An `[[outlet]]`.
#[derive(Debug)]
pub(crate) struct RawOutlet {
    pub(crate) spot: Spot,
    pub(crate) id: Option<Located<String>>,
    pub(crate) desk: Option<Located<String>>,
    pub(crate) on: Vec<Located<String>>,
    pub(crate) to: Vec<Located<String>>,
    pub(crate) address: Option<Located<String>>,
    pub(crate) lang: Option<Located<String>>,
}

/// A `[desk.NAME.grants]`.
#[derive(Debug)]
pub(crate) struct RawGrants {
    pub(crate) spot: Spot,
    pub(crate) http: Vec<Located<String>>,
    pub(crate) mail: Option<Located<String>>,
    pub(crate) mail_from: Option<Located<String>>,
    pub(crate) mail_account: Option<Located<String>>,
    pub(crate) mail_password: Option<Located<String>>,
    pub(crate) file: Vec<Located<String>>,
}

/// A `[desk.NAME.notice.TEMPLATE]`.
#[derive(Debug)]
pub(crate) struct RawWording {
    pub(crate) name: Located<String>,
    pub(crate) title: Option<RawWords>,
    pub(crate) text: Option<RawWords>,
}

/// Words in both languages, each with its place.
#[derive(Debug)]
pub(crate) struct RawWords {
    pub(crate) zh: Located<String>,
    pub(crate) en: Located<String>,
}

pub(super) fn read_outlet(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawOutlet {
    let outlet = RawOutlet {
        spot: table.spot,
        id: table.need_name("id", remarks),
        desk: table.need_text("desk", remarks),
        on: table.texts("on", remarks),
        to: table.texts("to", remarks),
        address: table.text("address", remarks),
        lang: table.text("lang", remarks),
    };
    table.finish(remarks);
    outlet
}

pub(super) fn read_grants(desk: &mut Reader<'_, '_>, remarks: &mut Remarks) -> Option<RawGrants> {
    let mut table = desk.table("grants", remarks)?;
    let grants = RawGrants {
        spot: table.spot,
        http: table.texts("http", remarks),
        mail: table.text("mail", remarks),
        mail_from: table.text("mail-from", remarks),
        mail_account: table.text("mail-account", remarks),
        mail_password: table.text("mail-password", remarks),
        file: table.texts("file", remarks),
    };
    table.finish(remarks);
    Some(grants)
}

pub(super) fn read_wordings(desk: &mut Reader<'_, '_>, remarks: &mut Remarks) -> Vec<RawWording> {
    let mut wordings = Vec::new();
    for (name, mut table) in desk.named_tables("notice", remarks) {
        let title = read_words(&mut table, "title", remarks);
        let text = read_words(&mut table, "text", remarks);
        table.finish(remarks);
        wordings.push(RawWording { name, title, text });
    }
    wordings
}

fn read_words(table: &mut Reader<'_, '_>, key: &'static str, remarks: &mut Remarks) -> Option<RawWords> {
    let mut words = table.table(key, remarks)?;
    let (zh, en) = (words.need_text("zh", remarks), words.need_text("en", remarks));
    words.finish(remarks);
    Some(RawWords { zh: zh?, en: en? })
}
