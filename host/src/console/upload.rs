//! Files that people put up, and who may look at them.
//!
//! Always holds (P18): what is kept was drawn anew by `picture`; a file is shown to whoever may see a matter
//! that has it, and is not there for anybody else; what no form named within a day is taken away.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderName, header};
use plugin_api::Title;
use serde_json::json;

use super::ask::Ask;
use super::door::{Policy, Routes};
use super::finding::asker;
use super::house::House;
use super::reply::{Refusal, Reply};
use super::tries::Counted;
use crate::engine::look::read_head;
use crate::files::Ticket;
use crate::limits::FILE_UNCLAIMED_MS;
use crate::picture::{Format, Unfit};
use crate::plugins::Digest;
use crate::store::StoreError;

/// How often what nobody named is looked for.
const SWEEP: Duration = Duration::from_secs(3_600);
/// Longer than a ticket is good, so that none is good for a file that is taken away.
const SWEPT_AFTER: Duration = Duration::from_millis(FILE_UNCLAIMED_MS.unsigned_abs() + 3_600_000);

/// What a picture may do in a browser: be seen.
const POLICY: &str = "sandbox; default-src 'none'";

pub(super) fn add(routes: &mut Routes) {
    routes.post("/files", Policy::Anyone, given);
    // Whoever may not see it is told what everybody is told of what is not there.
    routes.get("/files/{sha256}", Policy::Anyone, |house, ask| show(house, ask, Size::Whole));
    routes.get("/files/{sha256}/small", Policy::Anyone, |house, ask| show(house, ask, Size::Small));
}

#[derive(Clone, Copy)]
enum Size {
    Whole,
    Small,
}

/// Draws the files of a form anew, keeps them, and puts into the form what names them.
pub(super) fn put_up(house: &House, ask: &mut Ask, files: Vec<(String, Vec<u8>)>) -> Result<(), Refusal> {
    for (field, bytes) in files {
        let ticket = put_up_one(house, ask, &bytes)?;
        ask.form.push((field, ticket));
    }
    Ok(())
}

fn put_up_one(house: &House, ask: &Ask, bytes: &[u8]) -> Result<String, Refusal> {
    let by = ask.visitor.person.as_ref();
    if by.is_none()
        && let Err(seconds) = house.pictures.count(&[Counted::from(ask.from)], house.wall.now_ms())
    {
        let words = Refusal::new(
            429,
            format!("上传太频繁，请 {seconds} 秒后再试"),
            format!("too many files from here; again in {seconds} seconds"),
        );
        return Err(words.after(seconds));
    }
    let accepts_no_sandbox = house.in_force.get().config.isolation.accepts_no_sandbox;
    let drawn = house.studio.redraw(bytes, accepts_no_sandbox).map_err(refusal_of)?;
    let keep = |bytes: &[u8]| house.files.keep(bytes).map_err(|words| unkept(507, words));
    let (small, sha256) = (keep(&drawn.small)?, keep(&drawn.picture)?);
    let ticket = Ticket { sha256, small, bytes: drawn.picture.len() as u64, at_ms: ask.now_ms };
    Ok(ticket.give(house.secret(), by))
}

fn refusal_of(unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::Picture(words) => Refusal::from(words),
        Unfit::Busy => Refusal::new(
            503,
            "照片太多，正在处理，请稍后再试",
            "many photos are being worked on; try again in a moment",
        )
        .after(10),
        Unfit::Machine(words) => {
            tracing::error!(why = %words.en, "Pictures cannot be drawn on this machine.");
            unkept(503, words)
        }
    }
}

fn unkept(status: u16, words: Title) -> Refusal {
    Refusal { status, words, objections: Vec::new(), retry_after_s: None }
}

/// What the files of a form are named by, for the script of another form.
fn given(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let is_ticket = |text: &str| Ticket::find(text, house.secret(), ask.visitor.person.as_ref(), ask.now_ms).is_some();
    let files: Vec<&str> = ask.form.iter().map(|(_, text)| text.as_str()).filter(|text| is_ticket(text)).collect();
    if files.is_empty() {
        return Err(Refusal::new(422, "没有选择照片", "no file was sent"));
    }
    Ok(Reply::typed("application/json", json!({ "files": files }).to_string().into_bytes()))
}

fn show(house: &House, ask: &Ask, size: Size) -> Result<Reply, Refusal> {
    let sha256: Digest = ask.part("sha256").parse().map_err(|_| Refusal::not_there())?;
    let seen = house.look(|config, reader| {
        for file in reader.files_named(&sha256.to_string())?.into_iter().filter(|file| !file.is_gone) {
            let head = read_head(reader, plugin_api::MatterId(file.matter))?;
            if head.is_some_and(|head| asker(config, ask).sees(&head)) {
                return Ok(Some(file));
            }
        }
        Ok(None)
    })?;
    let file = seen.ok_or_else(Refusal::not_there)?;
    let name = match size {
        Size::Whole => sha256,
        Size::Small => file.small.parse().map_err(|_| Refusal::not_there())?,
    };
    let bytes = house.files.read(name).unwrap_or_else(|error| {
        tracing::error!(file = %name, %error, "A file cannot be shown.");
        None
    });
    let bytes = bytes.ok_or_else(Refusal::not_there)?;
    let kind = match Format::of(&bytes).ok_or_else(Refusal::not_there)? {
        Format::Jpeg => "image/jpeg",
        Format::Png => "image/png",
    };
    Ok(Reply::typed(kind, bytes)
        .with(header::CONTENT_SECURITY_POLICY, POLICY)
        .with(header::CONTENT_DISPOSITION, "inline")
        .with(HeaderName::from_static("cross-origin-resource-policy"), "same-origin")
        .with(header::CACHE_CONTROL, "private, max-age=31536000, immutable"))
}

/// Takes away what nobody named, now and every hour.
pub(super) async fn sweep_hourly(house: Arc<House>) {
    let mut hours = tokio::time::interval(SWEEP);
    loop {
        hours.tick().await;
        let house = Arc::clone(&house);
        let swept = tokio::task::spawn_blocking(move || sweep(&house)).await;
        if let Ok(Err(why)) = swept {
            tracing::warn!(%why, "Files that nobody named could not be taken away.");
        }
    }
}

fn sweep(house: &House) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let Some(before) = SystemTime::now().checked_sub(SWEPT_AFTER) else { return Ok(()) };
    for sha256 in house.files.older_than(before).map_err(text)? {
        let is_claimed = house.read(|store| store.reader().is_file_claimed(&sha256.to_string()));
        if !is_claimed.map_err(|error: StoreError| error.to_string())? {
            house.files.remove(sha256).map_err(text)?;
        }
    }
    Ok(())
}
