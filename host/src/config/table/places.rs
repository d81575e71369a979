//! `places.csv`: the district and all places within it.

use std::collections::HashMap;

use plugin_api::{Place, PlaceId, Title};

use super::super::problem::{Remarks, named, quoted};
use super::super::source::{Located, Sources};
use super::{Columns, Table, too_many};
use crate::directory::Level;
use crate::limits::PLACES_MAX;

const COLUMNS: Columns = Columns { required: &["place", "level", "title"], optional: &["title_en"], further: false };
const SLUG_BYTES_MAX: usize = 32;

/// The places, in the order of the file.
pub(crate) fn read_places(file: &Located<String>, sources: &mut Sources, remarks: &mut Remarks) -> Vec<Place> {
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return Vec::new() };
    let mut places: Vec<(Place, Located<Option<Level>>)> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for row in table.rows().take(PLACES_MAX) {
        let place = row.need("place", remarks);
        let level = row.need("level", remarks);
        let title = row.need("title", remarks);
        let (Some(place), Some(level)) = (place, level) else { continue };
        let known_level = level.value.parse::<Level>().ok();
        if known_level.is_none() {
            remarks
                .error(
                    level.spot,
                    format!("没有区域层级{}", named(&level.value)),
                    format!("unknown level {}", quoted(&level.value)),
                )
                .suggest(&level.value, Level::ALL.map(Level::as_str));
        }
        if let Some(part) = place.value.split('/').find(|part| !is_slug(part)) {
            remarks
                .error(
                    place.spot,
                    format!("区域{}中的{}不合写法", named(&place.value), named(part)),
                    format!("place {} has the part {}, which is not a slug", quoted(&place.value), quoted(part)),
                )
                .hint(
                    format!("每一段由 1 到 {SLUG_BYTES_MAX} 个 a-z、0-9 和 - 组成"),
                    format!("a slug is 1 to {SLUG_BYTES_MAX} of a-z, 0-9 and -"),
                );
        }
        if let Some(first) = index.get(&place.value) {
            let first = sources.place_of(places[*first].1.spot);
            remarks.error(
                place.spot,
                format!("区域{}出现了两次；第一次在 {first}", named(&place.value)),
                format!("place {} stands twice; first at {first}", quoted(&place.value)),
            );
            continue;
        }
        index.insert(place.value.clone(), places.len());
        let title = title.map_or("", |title| &title.value);
        let title_en = Some(row.text("title_en")).filter(|text| !text.is_empty()).unwrap_or(title);
        let level = Located { value: known_level, spot: place.spot };
        let id = PlaceId::new(place.value.as_str());
        let level_name = known_level.map_or("", Level::as_str).to_owned();
        places.push((Place { id, level: level_name, title: Title::new(title, title_en) }, level));
    }
    if table.rows.len() > PLACES_MAX {
        too_many(file, PLACES_MAX, &Title::new("区域", "places"), remarks);
    }
    if places.is_empty() {
        remarks.error(file.spot, format!("{} 里没有区域", file.value), format!("{} has no places", file.value));
    }
    check_tree(&places, &index, sources, remarks);
    places.into_iter().map(|(place, _)| place).collect()
}

fn check_tree(
    places: &[(Place, Located<Option<Level>>)],
    index: &HashMap<String, usize>,
    sources: &Sources,
    remarks: &mut Remarks,
) {
    let mut root: Option<usize> = None;
    for (at, (place, level)) in places.iter().enumerate() {
        let path = place.id.as_str();
        let Some((parent, _)) = path.rsplit_once('/') else {
            if let Some(first) = root {
                let (first, spot) = (&places[first].0, places[first].1.spot);
                let (district, first) = (first.id.as_str(), sources.place_of(spot));
                remarks.error(
                    level.spot,
                    format!("{}和区{}并列；第一次在 {first}", named(path), named(district)),
                    format!("{} stands beside the district {}; first at {first}", quoted(path), quoted(district)),
                );
            } else if level.value.is_some_and(|level| level != Level::District) {
                remarks.error(
                    level.spot,
                    format!("{}是 {} 一级，却不在任何区域里", named(path), place.level),
                    format!("{} of level {} lies in no place", quoted(path), place.level),
                );
            }
            root.get_or_insert(at);
            continue;
        };
        let Some(parent) = index.get(parent) else {
            remarks
                .error(
                    level.spot,
                    format!("没有区域{}，{}在它里面", named(parent), named(path)),
                    format!("unknown place {}, in which {} lies", quoted(parent), quoted(path)),
                )
                .hint("上级区域要先有自己的一行", "a place needs a row of its own before those within it");
            continue;
        };
        let (parent, above) = (&places[*parent].0, places[*parent].1.value);
        if let (Some(level_here), Some(above)) = (level.value, above)
            && level_here <= above
        {
            let (above, here, there) = (parent.id.as_str(), &place.level, &parent.level);
            remarks.error(
                level.spot,
                format!("{here} 一级的{}放在了 {there} 一级的{}里", named(path), named(above)),
                format!("{} of level {here} lies in {} of level {there}", quoted(path), quoted(above)),
            );
        }
    }
}

/// Whether a text is a slug: 1 to 32 of `a-z`, `0-9`, `-`.
pub(crate) fn is_slug(text: &str) -> bool {
    (1..=SLUG_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
