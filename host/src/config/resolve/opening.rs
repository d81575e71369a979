//! What a desk itself says of its settings and lists when it is opened, at the place it is about.
//!
//! An objection names a setting, or a cell as `LIST.COLUMN` with the row of the list, from 1. Knows
//! nothing of how a desk is opened: that is asked of [`Libraries`].

use std::collections::BTreeMap;

use plugin_api::{District, Fault, Lists, Objection, Title};

use super::super::problem::Remarks;
use super::super::raw::{Raw, RawDesk};
use super::super::source::Spot;
use super::super::table::RawCodeList;
use super::super::{Config, DeskConfig, Libraries, Opening};
use super::vocabulary::spot_of;

/// Opens all desks and remarks what they object to.
pub(super) fn open(
    raw: &Raw,
    config: &Config,
    cells: &BTreeMap<String, Option<RawCodeList>>,
    libraries: &mut dyn Libraries,
    remarks: &mut Remarks,
) {
    let openings: Vec<Opening<'_>> = config.desks.iter().map(|desk| opening(desk, config)).collect();
    for (desk, opened) in raw.desks.iter().zip(libraries.open(&openings)) {
        match opened {
            Ok(()) => {}
            Err(Fault::Failed(text)) => does_not_open(desk, &Title::new(&text, &text), remarks),
            Err(Fault::Refused(objections)) => {
                for objection in objections {
                    object(desk, &objection, cells, remarks);
                }
            }
        }
    }
}

fn opening<'c>(desk: &'c DeskConfig, config: &'c Config) -> Opening<'c> {
    let asked = desk.manifest.list.iter().map(|list| (list.name.clone(), config.lists.get(&list.name).clone()));
    Opening {
        desk,
        isolation: &config.isolation,
        district: District { zone: config.zone.clone(), lists: Lists(asked.collect()) },
    }
}

fn object(desk: &RawDesk, objection: &Objection, cells: &BTreeMap<String, Option<RawCodeList>>, remarks: &mut Remarks) {
    let (name, Title { zh, en }) = (&desk.name.value, &objection.text);
    let Some(field) = &objection.field else { return does_not_open(desk, &objection.text, remarks) };
    if let Some((list, column)) = field.split_once('.')
        && let Some(Some(list)) = cells.get(list)
    {
        let spot = cell(list, column, objection.row);
        remarks.error(spot, format!("业务台“{name}”：{zh}"), format!("desk {name:?}: {en}"));
        return;
    }
    let (key_spot, entries) = &desk.settings;
    let entry = entries.iter().find(|(given, _)| given.value == *field);
    let spot = entry.map(|(_, item)| item.spot).or(*key_spot).unwrap_or_else(|| spot_of(desk));
    remarks.error(
        spot,
        format!("业务台“{name}”不接受设置“{field}”：{zh}"),
        format!("desk {name:?} does not take the setting {field:?}: {en}"),
    );
}

/// A cell; the code of its row where it is empty, and the header where there is no such row.
fn cell(list: &RawCodeList, column: &str, row: Option<u32>) -> Spot {
    let at = row.and_then(|row| usize::try_from(row).ok()?.checked_sub(1));
    match at.and_then(|at| list.spots.get(at)) {
        Some((code, cells)) => cells.get(column).copied().unwrap_or(*code),
        None => list.columns.iter().find(|given| given.value == column).map_or(list.header, |given| given.spot),
    }
}

fn does_not_open(desk: &RawDesk, why: &Title, remarks: &mut Remarks) {
    let name = &desk.name.value;
    remarks.error(
        spot_of(desk),
        format!("业务台“{name}”按现有设置打不开：{}", why.zh),
        format!("desk {name:?} does not open with its settings: {}", why.en),
    );
}
