//! The tables of a TOML file, one function for each: what keys it has, and which it must have.

use super::outlets::{read_grants, read_wordings};
use super::reader::Reader;
use super::{Head, RawCalendar, RawDesk, RawImport, RawRole, RawRoute};
use crate::config::problem::Remarks;
use crate::config::source::Located;

pub(super) fn read_head(file: &mut Reader<'_, '_>, remarks: &mut Remarks) -> Head {
    if let Some(schema) = file.integer("schema", remarks) {
        if schema.value != 1 {
            let found = schema.value;
            remarks.error(
                schema.spot,
                format!("schema {found} 不是本版本能读的；本版本读 1"),
                format!("schema {found} is not one this version reads; it reads 1"),
            );
        }
    } else if !file.has("schema") {
        file.missing("schema", remarks);
    }
    for key in ["name", "places", "open"] {
        if !file.has(key) {
            file.missing(key, remarks);
        }
    }
    Head {
        name: file.title("name", remarks),
        include: file.texts("include", remarks),
        data: file.text("data", remarks),
        plugins: file.texts("plugins", remarks),
        places: file.text("places", remarks),
        units: file.text("units", remarks),
        people: file.text("people", remarks),
        deputies: file.text("deputies", remarks),
        open: file.text("open", remarks),
    }
}

pub(super) fn read_calendar(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawCalendar {
    let calendar = RawCalendar {
        spot: table.spot,
        days: table.text("days", remarks),
        hours: table.spot_of("hours").is_some().then(|| table.need_texts("hours", remarks)),
        zone: table.text("zone", remarks),
    };
    table.finish(remarks);
    calendar
}

pub(super) fn read_role(name: Located<String>, mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawRole {
    if !table.has("title") {
        table.missing("title", remarks);
    }
    let title = table.title("title", remarks);
    let sees = table.text("sees", remarks);
    let contacts = table.flag("contacts", remarks).is_some_and(|contacts| contacts.value);
    table.finish(remarks);
    RawRole { name, title, sees, contacts }
}

pub(super) fn read_desk(name: Located<String>, mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawDesk {
    let desk = RawDesk {
        name,
        library: table.need_name("library", remarks),
        title: table.title("title", remarks),
        formerly: table.name("formerly", remarks),
        settings: (table.spot_of("settings"), table.entries("settings", remarks)),
        roles: table.text_entries("roles", remarks),
        imports: read_imports(&mut table, remarks),
        credits: table.text_entries("credits", remarks),
        reads: table.text_entries("reads", remarks),
        wordings: read_wordings(&mut table, remarks),
        grants: read_grants(&mut table, remarks),
        is_isolated: table.flag("isolated", remarks).is_some_and(|flag| flag.value),
    };
    table.finish(remarks);
    desk
}

pub(super) fn read_imports(desk: &mut Reader<'_, '_>, remarks: &mut Remarks) -> Vec<RawImport> {
    desk.tables("import", remarks).into_iter().map(|table| read_import(table, remarks)).collect()
}

fn read_import(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawImport {
    if !table.has("columns") {
        table.missing("columns", remarks);
    }
    let import = RawImport {
        spot: table.spot,
        name: table.need_name("name", remarks),
        action: table.need_text("action", remarks),
        key: table.text("key", remarks),
        columns: table.text_entries("columns", remarks),
        dates: table.text("dates", remarks),
        fixed: table.entries("fixed", remarks),
    };
    table.finish(remarks);
    import
}

pub(super) fn read_route(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawRoute {
    let route = RawRoute {
        id: table.need_name("id", remarks),
        on: table.need_text("on", remarks).into_iter().collect(),
        from: table.text("from", remarks),
        when: table.entries("when", remarks),
        to: table.need_text("to", remarks).into_iter().collect(),
    };
    table.finish(remarks);
    route
}

pub(super) fn read_watch(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawRoute {
    let id = table.need_name("id", remarks);
    let on = table.need_texts("on", remarks);
    let to = table.need_texts("to", remarks);
    let from = table.text("from", remarks);
    let when = table.entries("when", remarks);
    table.finish(remarks);
    RawRoute { id, on, from, when, to }
}
