//! Many places and people, found again.

use std::collections::BTreeMap;

use expect_test::expect;
use jiff::civil::date;
use plugin_api::field::NotFound;
use plugin_api::{PersonId, Place, PlaceId, RoleId, Title};

use super::{Appointment, Directory, Level, find_level};

fn large() -> Directory {
    let place = |id: String, level: Level| Place {
        title: Title::new(format!("地{id}"), ""),
        id: PlaceId::new(id),
        level: level.to_string(),
    };
    let mut places = vec![place("d".into(), Level::District)];
    let mut appointments = Vec::new();
    for a in 0..100 {
        places.push(place(format!("d/c{a}"), Level::Community));
        // Sorts between `d/c1` and what lies in it if paths are compared as bytes.
        places.push(place(format!("d/c{a}-x"), Level::Community));
        for b in 0..100 {
            let id = format!("d/c{a}/p{b}");
            places.push(place(id.clone(), Level::Compound));
            let appointment = Appointment {
                person: PersonId::new(format!("p{a}-{b}")),
                role: RoleId::from("head"),
                place: PlaceId::new(id),
                unit: None,
                from: Some(date(2026, 1, 1)),
                to: None,
            };
            appointments.push((format!("某{}", b % 50), appointment));
        }
    }
    places.reverse();
    Directory::new(places, Vec::new(), BTreeMap::new(), appointments)
}

#[test]
fn what_lies_within() {
    let directory = large();
    assert_eq!(directory.places_within(&PlaceId::from("d")).len(), 10_201);
    assert_eq!(directory.places_within(&PlaceId::from("d/c1")).len(), 101);
    assert_eq!(directory.places_within(&PlaceId::from("d/c1-x")).len(), 1);
    assert!(directory.places_within(&PlaceId::from("d/none")).is_empty());
    let first = directory.children(&PlaceId::from("d/c7")).next().expect("it has children");
    assert_eq!(first.id.as_str(), "d/c7/p99", "children stand in the order of the table");
}

#[test]
fn who_holds_what() {
    let directory = large();
    let (compound, head) = (PlaceId::from("d/c3/p4"), RoleId::from("head"));
    let holders = directory.people(&head, &compound, date(2026, 3, 2));
    assert_eq!(holders.iter().map(|held| held.person.as_str()).collect::<Vec<_>>(), ["p3-4"]);
    assert!(directory.people(&head, &compound, date(2025, 3, 2)).is_empty());
    assert!(directory.people(&head, &PlaceId::from("d/c3"), date(2026, 3, 2)).is_empty());
    assert!(directory.holds(&PersonId::from("p3-4"), &head, &compound, date(2026, 3, 2)));
    assert!(directory.resolve_person("某4").is_none(), "two hundred have this name");
    assert!(directory.resolve_person("p3-4").is_some());
}

fn place(id: &str, level: Level, zh: &str, en: &str) -> Place {
    Place { id: PlaceId::from(id), level: level.to_string(), title: Title::new(zh, en) }
}

/// A name that stands for nothing, and what was meant by it; one of several, and which there are.
#[test]
fn what_a_name_stands_for() {
    let mut places = vec![
        place("daguan", Level::District, "大观区", "Daguan"),
        place("daguan/linghu", Level::Subdistrict, "菱湖街道", "Linghu"),
        place("daguan/linghu/xiyuan", Level::Compound, "西苑小区", "West Garden"),
        place("daguan/linghu/siyanjing", Level::Compound, "四眼井小区", ""),
    ];
    for compound in ["xiyuan", "siyanjing"] {
        for number in 1..=3 {
            let id = format!("daguan/linghu/{compound}/b{number}");
            places.push(place(&id, Level::Building, &format!("{number}幢"), ""));
            places.push(place(&format!("{id}/e1"), Level::Entrance, "1单元", ""));
        }
    }
    let directory = Directory::new(places, Vec::new(), BTreeMap::new(), Vec::new());
    let said = |text: &str| match directory.find_place(text) {
        Ok(place) => format!("{text} = {}\n", place.id),
        Err(NotFound::Near(near)) => format!("{text}: {near}?\n"),
        Err(other @ (NotFound::Unknown | NotFound::OneOf(_))) => format!("{text}: {other:?}\n"),
        Err(NotFound::Several { count, ids }) => format!("{text}: {count}, {}\n", ids.join(" ")),
    };
    let names = [
        "西苑小区",
        "West Garden",
        "daguan/linghu/xiyuan/b1",
        "西园小区",
        "西苑小区2栋",
        "xiyuan",
        "daguan/linghu/xiyaun/b2",
        "dagaun/linghu/xiyuan",
        "daguan/linghu/xiyuan/b9",
        "daguan/linghu/nowhere",
        "4幢",
        "1幢",
        "1单元",
        "",
    ];
    expect![[r#"
        西苑小区 = daguan/linghu/xiyuan
        West Garden = daguan/linghu/xiyuan
        daguan/linghu/xiyuan/b1 = daguan/linghu/xiyuan/b1
        西园小区: 西苑小区?
        西苑小区2栋: 西苑小区?
        xiyuan: daguan/linghu/xiyuan?
        daguan/linghu/xiyaun/b2: daguan/linghu/xiyuan/b2?
        dagaun/linghu/xiyuan: daguan/linghu/xiyuan?
        daguan/linghu/xiyuan/b9: Unknown
        daguan/linghu/nowhere: Unknown
        4幢: Unknown
        1幢: 2, daguan/linghu/siyanjing/b1 daguan/linghu/xiyuan/b1
        1单元: 6, daguan/linghu/siyanjing/b1/e1 daguan/linghu/siyanjing/b2/e1 daguan/linghu/siyanjing/b3/e1 daguan/linghu/xiyuan/b1/e1 daguan/linghu/xiyuan/b2/e1
        : Unknown
    "#]].assert_eq(&names.map(said).concat());
    assert_eq!(find_level("subdistric"), Err(NotFound::Near("subdistrict".into())));
}
