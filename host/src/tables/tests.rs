//! A small district whose desk takes tables, and tables in many guises.

mod sheets;
mod rows;
mod imports;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use plugin_api::{Manifest, Objection, Title};

use crate::cli::screen::Screen;
use crate::config::{Config, Libraries, load};
use crate::engine::Engine;
use crate::engine::call::{Asked, Caller, Outcome};
use crate::engine::input::HandClock;
use crate::engine::marker::Marker;
use crate::lang::Lang;
use crate::store::Store;

pub(super) const ZH: Screen = Screen { json: false, lang: Lang::Zh };
pub(super) const EN: Screen = Screen { json: false, lang: Lang::En };

const MANIFEST: &str = r#"
name = "intake"
version = "0.1.0"
title = { zh = "受理", en = "Intake" }
[[kind]]
name = "request"
prefix = "SQ"
title = { zh = "诉求", en = "Request" }
stages = [{ name = "new", title = { zh = "新", en = "New" } }]
[[action]]
name = "report"
title = { zh = "登记", en = "Report" }
on = "desk"
at = "place"
who = ["@anyone"]
rows = true
key = "no"
[action.fields]
title = { type = "text", required = true, title = { zh = "题目", en = "Title" } }
text = { type = "long-text", title = { zh = "详情", en = "Text" } }
place = { type = "place", required = true, title = { zh = "区域", en = "Place" } }
at = { type = "moment", title = { zh = "时间", en = "At" } }
day = { type = "date", title = { zh = "日期", en = "Day" } }
hour = { type = "time", title = { zh = "钟点", en = "Hour" } }
phone = { type = "contact", title = { zh = "联系人", en = "Contact" } }
fee = { type = "money", title = { zh = "费用", en = "Fee" } }
no = { type = "text", max = 64, title = { zh = "编号", en = "No" } }
"#;

const MAIN: &str = r#"
schema = 1
name = { zh = "示例区", en = "Sample District" }
places = "places.csv"
open = "intake"
[desk.intake]
library = "intake"
[[desk.intake.import]]
name = "board"
action = "report"
key = "留言编号"
columns = { title = "主题", text = "详情", at = "时间" }
dates = "%Y/%m/%d %H:%M:%S"
fixed = { place = "a" }
[[desk.intake.import]]
name = "hotline"
action = "report"
key = "工单号"
columns = { title = "标题", place = "地点", phone = "来电人", fee = "金额", day = "日期", hour = "钟点" }
dates = "%m/%d/%Y %I:%M:%S %p"
"#;

const PLACES: &str = "place,level,title,title_en\na,district,示例区,Sample\na/b,community,东社区,East\n";

/// A folder that is gone when the test is over.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hongling-tables-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// A new empty one.
pub(super) fn new_folder() -> Folder {
    Folder::new()
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct OneLibrary;

impl Libraries for OneLibrary {
    fn manifest(&mut self, library: &str, _: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        assert_eq!(library, "intake");
        Ok(Arc::new(toml::from_str(MANIFEST).unwrap()))
    }

    fn known(&self, _: &[PathBuf]) -> Vec<String> {
        vec!["intake".to_owned()]
    }
}

/// The district of the tests, in a folder.
pub(super) fn district(folder: &Folder) -> Arc<Config> {
    folder.write("hongling.toml", MAIN.as_bytes());
    folder.write("places.csv", PLACES.as_bytes());
    Arc::new(load(&folder.0, &mut OneLibrary).expect("the district of the tests"))
}

/// A desk that takes every form, keeps what it got, and refuses what is titled so.
#[derive(Default)]
struct Keeper(Mutex<Vec<String>>);

impl Caller for Keeper {
    fn call(&self, _: u32, request: &str, _: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        let request: serde_json::Value = serde_json::from_str(request).unwrap();
        let form = &request["input"]["data"];
        match form["title"].as_str().unwrap() {
            "拒绝" => return Outcome::Refused(vec![Objection::new("不予受理", "is not taken").field("title")]),
            "故障" => return Outcome::Failed("139 is not a number".to_owned()),
            _ => {}
        }
        self.0.lock().unwrap().push(form.to_string());
        out.extend_from_slice(b"[]");
        Outcome::Ok
    }
}

fn engine(config: &Arc<Config>, desk: &Arc<Keeper>) -> Engine {
    fs::create_dir_all(&config.data).unwrap();
    let store = Store::open(&config.data).unwrap();
    let marker = Marker::open(&config.data).unwrap();
    let desk: Arc<dyn Caller> = Arc::<Keeper>::clone(desk);
    // 2026-03-02 08:30 in the district.
    let clock = HandClock::new(1_772_411_400_000);
    Engine::new(Arc::clone(config), vec![desk], store, Box::new(clock), marker).unwrap()
}

fn read(path: &Path) -> String {
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}
