//! `units.csv`: member units and companies.

use plugin_api::{Title, Unit, UnitId};

use super::super::problem::{Remarks, named, quoted};
use super::super::source::{Located, Sources, Spot};
use super::{Columns, Table, is_slug, too_many};
use crate::limits::UNITS_MAX;

const COLUMNS: Columns =
    Columns { required: &["unit", "title", "kind"], optional: &["title_en", "duties"], further: false };
const KINDS: [&str; 3] = ["government", "utility", "company"];

/// The units, in the order of the file.
pub(crate) fn read_units(file: &Located<String>, sources: &mut Sources, remarks: &mut Remarks) -> Vec<(Unit, Spot)> {
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return Vec::new() };
    let mut units: Vec<(Unit, Spot)> = Vec::new();
    if table.rows.len() > UNITS_MAX {
        too_many(file, UNITS_MAX, &Title::new("单位", "units"), remarks);
    }
    for row in table.rows().take(UNITS_MAX) {
        let unit = row.need("unit", remarks);
        let title = row.need("title", remarks);
        let kind = row.need("kind", remarks);
        if let Some(kind) = kind
            && !KINDS.contains(&kind.value.as_str())
        {
            remarks
                .error(
                    kind.spot,
                    format!("没有单位类型{}", named(&kind.value)),
                    format!("unknown kind of unit {}", quoted(&kind.value)),
                )
                .suggest(&kind.value, KINDS);
        }
        let (Some(unit), Some(title), Some(kind)) = (unit, title, kind) else { continue };
        if !is_slug(&unit.value) {
            remarks.error(
                unit.spot,
                format!("单位代码{}不合写法", named(&unit.value)),
                format!("unit {} is not a slug", quoted(&unit.value)),
            );
        }
        let id = UnitId::new(unit.value.as_str());
        if let Some((_, first)) = units.iter().find(|(other, _)| other.id == id) {
            let first = sources.place_of(*first);
            remarks.error(
                unit.spot,
                format!("单位{}出现了两次；第一次在 {first}", named(&unit.value)),
                format!("unit {} stands twice; first at {first}", quoted(&unit.value)),
            );
            continue;
        }
        let title_en = Some(row.text("title_en")).filter(|text| !text.is_empty()).unwrap_or(&title.value);
        let title = Title::new(title.value.as_str(), title_en);
        units.push((Unit { id, title, kind: kind.value.clone() }, unit.spot));
    }
    units
}
