//! A `when` of a route: read, proven, and asked of matters.

use std::path::Path;

use hongling::routes::{Answer, DeskIx, Facts, decide};
use plugin_api::{LabelValue, Labels, PlaceId};

use crate::district;

/// More routes of a topic than are looked through one by one: these are found by an index.
const OTHERS: usize = district::COMMUNITIES;

/// A route with this `when` among many, before one that takes all.
fn toml(when: &str) -> String {
    let others: String = (0..OTHERS)
        .map(|nth| format!("[[route]]\nid = \"r{nth}\"\non = \"reported\"\nto = \"triage\"\nwhen = {{ place = \"daguan/dekuan/{nth}\" }}\n"))
        .collect();
    format!(
        "schema = 1\nname = {{ zh = \"试验区\", en = \"Trial\" }}\nplaces = \"places.csv\"\ninclude = [\"roles.toml\", \"desks/*.toml\"]\nopen = \"intake\"\n\
         [list.channel]\nfile = \"lists/channel.csv\"\n[list.category]\nfile = \"lists/category.csv\"\n\
         [list.duty]\nfile = \"lists/duty.csv\"\n[list.keyword]\nfile = \"lists/keyword.csv\"\n\
         [desk.triage]\nlibrary = \"triage\"\n\
         [[route]]\nid = \"some\"\non = \"reported\"\nto = \"triage\"\nwhen = {when}\n{others}\
         [[route]]\nid = \"all\"\non = \"reported\"\nto = \"triage\"\n"
    )
}

/// Reads it; the routes' index and the list in order decide alike.
pub fn run(data: &[u8]) {
    let Ok(when) = str::from_utf8(data) else { return };
    let Ok(config) = district::load(Path::new("/district"), toml(when).as_bytes()) else { return };
    let values = [
        LabelValue::Text("help".into()),
        LabelValue::Text("daguan/dekuan".into()),
        LabelValue::Integer(0),
        LabelValue::Integer(i64::MAX),
        LabelValue::Bool(true),
    ];
    for place in ["daguan", "daguan/dekuan", "daguan/dekuan/mashan", "elsewhere"] {
        let place = PlaceId::from(place);
        for value in &values {
            let mut labels = Labels::default();
            for route in config.routes.iter() {
                for condition in &route.when {
                    labels.insert(condition.on.clone(), value.clone());
                }
            }
            let facts = Facts { topic: "reported", from: DeskIx(0), kind: "request", place: &place, labels: &labels };
            let mut taken = None;
            let first = decide(&config.routes, facts, |route, answer| {
                if matches!(answer, Answer::Takes) {
                    taken = Some(route.id.as_str());
                }
            });
            let found = config.routes.find(facts).map(|route| route.id.as_str());
            assert_eq!(found, first.map(|route| route.id.as_str()), "index and list decide alike");
            assert_eq!(found, taken, "explaining is deciding");
        }
    }
}

/// Whether a route may have it.
pub fn holds(data: &[u8]) -> bool {
    str::from_utf8(data).is_ok_and(|when| district::load(Path::new("/district"), toml(when).as_bytes()).is_ok())
}
