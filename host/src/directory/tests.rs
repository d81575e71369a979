//! Many places and people, found again.

use std::collections::BTreeMap;

use jiff::civil::date;
use plugin_api::{PersonId, Place, PlaceId, RoleId, Title};

use super::{Appointment, Directory, Level};

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
