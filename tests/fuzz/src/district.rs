//! A small district around what is fuzzed: its other files, and manifests of the desks in the tree.
//!
//! No library is loaded: a manifest is all that a config asks of one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hongling::config::{self, Config, Libraries, Problem};
use hongling::plugins::parse_manifest;
use plugin_api::{Manifest, Title};

const MANIFESTS: [(&str, &str); 8] = [
    ("intake", include_str!("../../../plugins/intake/plugin.toml")),
    ("triage", include_str!("../../../plugins/triage/plugin.toml")),
    ("council", include_str!("../../../plugins/council/plugin.toml")),
    ("station", include_str!("../../../plugins/station/plugin.toml")),
    ("notices", include_str!("../../../plugins/notices/plugin.toml")),
    ("herald", include_str!("../../herald/plugin.toml")),
    ("misbehaving", include_str!("../../misbehaving/plugin.toml")),
    ("bookkeeping", include_str!("../../bookkeeping/plugin.toml")),
];
const PLACES: &str = "place,level,title,title_en\ndaguan,district,大观区,Daguan District\n\
    daguan/dekuan,subdistrict,德宽路街道,Dekuan Road\ndaguan/dekuan/mashan,community,马山社区,Mashan\n";
/// Further communities, `daguan/dekuan/0` and so on.
pub(crate) const COMMUNITIES: usize = 20;
const UNITS: &str = "unit,title,title_en,kind,duties\nhousing,住建局,Housing,government,管房。\n";
const PEOPLE: &str = "person,name,role,place,unit,from,to\nli,李,district-head,daguan,,2024-01-02,\n";
const CALENDAR: &str = "date,name,kind\n2026-01-01,元旦,off\n2026-01-04,调休,work\n";

/// Roles that the desks' manifests name.
const ROLES: [&str; 8] = [
    "branch-secretary",
    "community-head",
    "community-worker",
    "council-member",
    "district-head",
    "district-worker",
    "grid-leader",
    "street-head",
];

struct Manifests;

impl Libraries for Manifests {
    fn manifest(&mut self, library: &str, _: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        let text = MANIFESTS.iter().find(|(name, _)| *name == library).map(|(_, text)| text);
        let text = text.ok_or_else(|| Title::new("没有这个库", "there is no such library"))?;
        parse_manifest(text.as_bytes()).map(Arc::new)
    }

    fn known(&self, _: &[PathBuf]) -> Vec<String> {
        MANIFESTS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// Resolves a `hongling.toml` among the district's other files.
pub(crate) fn load(folder: &Path, toml: &[u8]) -> Result<Config, Vec<Problem>> {
    let list = |name: &str, text: &str| (format!("lists/{name}.csv"), text.as_bytes().to_vec());
    let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    let roles: String =
        ROLES.iter().map(|role| format!("[role.{role}]\ntitle = {{ zh = \"{role}\", en = \"{role}\" }}\n")).collect();
    let communities: String =
        (0..COMMUNITIES).map(|nth| format!("daguan/dekuan/{nth},community,{nth}社区,Community {nth}\n")).collect();
    let files = vec![
        ("hongling.toml".to_owned(), toml.to_vec()),
        file("places.csv", &format!("{PLACES}{communities}")),
        file("units.csv", UNITS),
        file("people.csv", PEOPLE),
        file("calendar.csv", CALENDAR),
        file("desks/intake.toml", "[desk.intake]\nlibrary = \"intake\"\n"),
        file("roles.toml", &roles),
        list("channel", include_str!("../../../host/demo/lists/channel.csv")),
        list("category", include_str!("../../../host/demo/lists/category.csv")),
        list("duty", include_str!("../../../host/demo/lists/duty.csv")),
        list("keyword", include_str!("../../../host/demo/lists/keyword.csv")),
        list("ladder", include_str!("../../../host/demo/lists/ladder.csv")),
        list("call-reason", include_str!("../../../host/demo/lists/call-reason.csv")),
    ];
    config::load_kept(files, folder, &mut Manifests)
}
